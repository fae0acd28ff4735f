// Which press of a key sends what is typed.

/** While an input method composes, Enter takes its suggestion; Safari says so by the key code 229 alone. */
const COMPOSES = 229;

/** What a press of a key says: a KeyboardEvent, of which Safari's hint is in the deprecated `keyCode` alone. */
interface Press {
  key: string;
  shiftKey: boolean;
  altKey: boolean;
  isComposing: boolean;
  keyCode: number;
}

/** Enter sends, also with Ctrl; with Shift or Alt it breaks the line. */
export const sendsMessage = ({ key, shiftKey, altKey, isComposing, keyCode }: Press): boolean =>
  key === 'Enter' && !shiftKey && !altKey && !isComposing && keyCode !== COMPOSES;
