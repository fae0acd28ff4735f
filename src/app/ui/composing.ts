// Which press of a key sends, keeps or drops what is typed, and which one belongs to an input method.

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

const composes = ({ isComposing, keyCode }: Press): boolean => isComposing || keyCode === COMPOSES;

/** Enter sends, also with Ctrl; with Shift or Alt it breaks the line. */
export const sendsMessage = (press: Press): boolean =>
  press.key === 'Enter' && !press.shiftKey && !press.altKey && !composes(press);

/** Of a field of one line that stands in the place of what it changes: Enter keeps what is typed, Escape drops it. */
export function endsEditing(press: Press): 'keep' | 'drop' | undefined {
  if (composes(press)) return undefined;
  if (press.key === 'Escape') return 'drop';
  return press.key === 'Enter' ? 'keep' : undefined;
}
