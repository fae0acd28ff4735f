// Whether the browser gives this page what the studio needs, and which addresses lead on where it does not.

/** Where the same studio can run, as addresses that a person copies. */
export interface WaysToSafety {
  /** The origin that the browser does not trust. */
  origin: string;
  /** On the machine that serves it. */
  localhost: string;
  /** On its host, once that has a certificate. */
  https: string;
  /** A switch of Chromium that takes this one origin for a safe one. */
  flag: string;
}

/**
 * Browsers trust https and the own machine. To any other page they give no WebGPU, no locks, no `crypto.subtle` and no
 * `randomUUID`: https://developer.mozilla.org/en-US/docs/Web/Security/Secure_Contexts
 *
 * @returns undefined where nothing is missing
 */
export function waysToSafety({
  isSecureContext,
  location: { origin, hostname, port },
}: {
  isSecureContext: boolean;
  location: Pick<Location, 'origin' | 'hostname' | 'port'>;
}): WaysToSafety | undefined {
  if (isSecureContext) return undefined;
  return {
    origin,
    localhost: `http://localhost${port && `:${port}`}/`,
    https: `https://${hostname}/`,
    flag: 'chrome://flags/#unsafely-treat-insecure-origin-as-secure',
  };
}
