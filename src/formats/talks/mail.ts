// Mail in an mbox or a single .eml: correspondences by their subject, without quoted replies and signatures.
import { noTalks, type Said, type TalkReader, type Thread } from './talk';

const FIELDS =
  /^(?:from|to|subject|date|message-id|received|return-path|delivered-to|mime-version|x-[\w-]+|dkim-signature|content-type|reply-to|cc)\s*:/im;
const MBOX = /^From \S+.*\d{2}:\d{2}/;

export const mail: TalkReader = {
  app: 'mail',
  begins(text) {
    if (MBOX.test(text)) return true;
    const head = text.split(/\r?\n\r?\n/, 1)[0]!;
    const fields = ['from', 'date', 'message-id', 'subject', 'received', 'mime-version'];
    const found = fields.filter((name) => new RegExp(`^${name}\\s*:`, 'im').test(head));
    return found.length >= 3 && FIELDS.test(head.split(/\r?\n/, 1)[0]!);
  },
  async read(text) {
    const read = noTalks();
    const threads = new Map<string, Thread>();
    const { default: PostalMime } = await import('postal-mime');
    for (const letter of lettersIn(text)) {
      const mime = await PostalMime.parse(letter);
      const words = withoutQuotes(mime.text ?? htmlText(mime.html ?? ''));
      read.media += mime.attachments.filter(({ disposition }) => disposition === 'attachment').length;
      const speaker = mime.from?.name || mime.from?.address || '';
      const subject = subjectOf(mime.subject ?? '');
      if (words === '' || speaker === '') {
        read.system++;
        continue;
      }
      const time = Date.parse(mime.date ?? '');
      const said: Said = { speaker, text: words, ...(Number.isFinite(time) && { at: time }) };
      const thread = threads.get(subject) ?? { name: subject, said: [] };
      thread.said.push(said);
      threads.set(subject, thread);
    }
    for (const thread of threads.values()) thread.said.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
    read.threads.push(...threads.values());
    return read;
  },
};

/** An mbox begins each letter with a line `From `; in their text such a line is quoted with `>`. */
function lettersIn(text: string): string[] {
  if (!MBOX.test(text)) return [text];
  const letters = text.split(/(?:^|\r?\n)From \S+[^\r\n]*\d{2}:\d{2}[^\r\n]*\r?\n/);
  return letters.filter((letter) => letter.trim() !== '').map((letter) => letter.replace(/^>(>*From )/gm, '$1'));
}

/** Without marks of an answer in several languages. */
const subjectOf = (subject: string): string =>
  subject.replace(/^(?:\s*(?:re|aw|fw|fwd|wg|sv|antw|回复|答复|转发)(?:\[\d+\])?\s*[:：])+\s*/i, '').trim();

/** Lines that say that what follows is quoted. */
const QUOTE_HEAD =
  /^(?:On .{4,200} wrote:|Am .{4,200} schrieb.*:|Le .{4,200} a écrit\s?:|El .{4,200} escribió:|在.{2,200}写道[:：]|-{2,}\s?(?:Original Message|Ursprüngliche Nachricht|Forwarded message).*)$/;
const OUTLOOK_HEAD = /^(?:From|Von|De|发件人)\s?[:：] .+$/;
const SENT = /^(?:Sent|Gesendet|Date|Datum|Enviado|Envoyé|发送时间)\s?[:：] /;

/** What the sender wrote: up to the signature or the quoted letter, without lines that begin with `>`. */
function withoutQuotes(text: string): string {
  const lines = text.split(/\r?\n/);
  const kept: string[] = [];
  for (const [i, line] of lines.entries()) {
    const two = `${line} ${lines[i + 1] ?? ''}`.trim();
    const quoted = QUOTE_HEAD.test(line.trim()) || (/^(?:On|Am|Le|El) /.test(line) && QUOTE_HEAD.test(two));
    const forwarded = OUTLOOK_HEAD.test(line) && lines.slice(i + 1, i + 4).some((next) => SENT.test(next));
    if (quoted || forwarded || /^-- ?$/.test(line)) break;
    if (!line.startsWith('>')) kept.push(line);
  }
  return kept.join('\n').trim();
}

/** A letter of HTML alone as plain text. */
const htmlText = (html: string): string =>
  html
    .replace(/<(style|script|head|blockquote)\b[\s\S]*?<\/\1>/gi, '')
    .replace(/<br\s*\/?>|<\/(?:p|div|li|tr|h\d)>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
