/**
 * Small choices of this browser (language, theme). Storage can be refused (private windows, policies), which is no
 * reason to stop: the choice then lasts as long as the page.
 */
export function readSetting(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeSetting(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Kept for this page only.
  }
}

/** Part of "delete everything". */
export function forgetSettings(): void {
  try {
    localStorage.clear();
  } catch {
    // Nothing could be written there either.
  }
}
