import { expect, test } from 'vitest';
import { HtmlText } from '../../../src/formats/text/htmlText';
import { formatOf } from '../../../src/formats/text/detect';
import { fileOf, rowsOf } from '../helpers';

function textOf(html: string, size = html.length): string {
  const text = new HtmlText();
  let out = '';
  for (let i = 0; i < html.length; i += size) out += text.push(html.slice(i, i + size));
  return out + text.end();
}

const PAGE = `<!doctype html><html><head><title>T</title><style>p{}</style></head><body>
<header><a href="/">Home</a></header><nav><ul><li>One</li></ul></nav>
<main><article><header><h1>A &amp; B</h1></header>
<p>First   <b>bold</b>
 line.<br>Second line.</p><ul><li>one</li><li>two</li></ul>
<table><tr><th>a</th><th>b</th></tr><tr><td><p>1</p></td><td>2</td></tr></table>
<pre>x
  y</pre><script>var a = "<p>no</p>";</script></article></main>
<aside>Ads</aside><footer>Imprint</footer></body></html>`;

test('readable text stays, what frames it goes, in chunks of any size', () => {
  const wanted = 'A & B\n\nFirst bold line.\nSecond line.\n\none\ntwo\n\na\tb\n1\t2\n\nx\n  y';
  for (const size of [1, 7, 1000]) expect(textOf(PAGE, size).trim()).toBe(wanted);
});

test('broken markup gives its text: tags that never close or never opened, bare signs', () => {
  expect(textOf('<p>a<p>b</div></nav> 1 < 2 & 3 <b>c').trim()).toBe('a\n\nb 1 < 2 & 3 c');
  expect(textOf('<nav>menu<p>still menu</nav><p>text').trim()).toBe('text');
});

test('a page is told by its beginning; a text that shows a tag is not one', async () => {
  for (const page of ['<HTML><body>a', '<!-- made by -->\n<!DOCTYPE html>\n<p>a', '<?xml version="1.0"?><html>'])
    expect(await formatOf(fileOf(page, 'page'))).toBe('html');
  expect(await formatOf(fileOf('Use <html> for pages.', 'a.txt'))).toBe('txt');
  expect(await formatOf(fileOf('<p>a fragment', 'a.html'))).toBe('html');
});

test('the encoding that a page names is taken', async () => {
  const head = '<html><head><meta charset="gbk"></head><body>';
  const bytes = Uint8Array.from([...Buffer.from(head), 0xc4, 0xe3, 0xba, 0xc3]);
  expect((await rowsOf(fileOf(bytes, 'a.html'))).map(({ row }) => row)).toEqual(['你好']);
});
