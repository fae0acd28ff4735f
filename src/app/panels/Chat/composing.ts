// Which press of a key sends what is typed.

/** While an input method composes, Enter takes its suggestion; Safari says so by the key code 229 alone. */
const COMPOSES = 229;

/** Enter sends, also with Ctrl; with Shift or Alt it breaks the line. */
export const sendsMessage = ({
  key,
  shiftKey,
  altKey,
  isComposing,
  keyCode,
}: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey' | 'isComposing' | 'keyCode'>): boolean =>
  key === 'Enter' && !shiftKey && !altKey && !isComposing && keyCode !== COMPOSES;
