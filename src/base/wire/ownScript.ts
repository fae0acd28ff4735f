// The address of a worker's script, let through where Trusted Types are on: a script of this origin and no other.

/**
 * The DOM types know no Trusted Types; where a browser has them, the "string" is the TrustedScriptURL that Worker asks
 * for.
 */
interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}
interface PolicyFactory {
  createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy;
}

const ownOriginOnly: ScriptUrlPolicy = {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin) throw new TypeError(`not of this origin: ${url}`);
    return url;
  },
};
const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
const policy = factory?.createPolicy('app-worker', ownOriginOnly) ?? ownOriginOnly;

/** @throws TypeError for a script of another origin */
export const ownScript = (url: string): string => policy.createScriptURL(url);
