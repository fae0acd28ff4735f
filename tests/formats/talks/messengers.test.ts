import { describe, expect, test } from 'vitest';
import { discord, messenger, signal, slack, telegram } from '../../../src/formats/talks/messengers';
import type { ReadTalks, TalkReader } from '../../../src/formats/talks/talk';

const read = (reader: TalkReader, value: unknown, file = 'result.json'): ReadTalks => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  expect(reader.begins(text)).toBe(true);
  return reader.read(text, file) as ReadTalks;
};
const AT = Date.UTC(2024, 0, 14, 9, 0);

test('Telegram: pieces of text, service lines, photos; one chat or all of them', () => {
  const chat = {
    name: 'Harbour',
    type: 'private_group',
    messages: [
      { id: 1, type: 'service', date: '2024-01-14T09:00:00', action: 'join_group_by_link', actor_id: 'user1' },
      {
        id: 2,
        type: 'message',
        date_unixtime: String(AT / 1000),
        from: 'Mara',
        from_id: 'user1',
        text: ['See ', { type: 'link', text: 'x.org' }, '!'],
        text_entities: [],
      },
      { id: 3, type: 'message', date: '2024-01-14T09:01:00Z', from: 'Jo', from_id: 'user2', photo: 'p.jpg', text: '' },
      {
        id: 4,
        type: 'message',
        date: '2024-01-14T09:01:00Z',
        from: null,
        from_id: 'user3',
        text: 'From a lost account',
      },
    ],
  };
  const one = read(telegram, chat);
  expect(one).toMatchObject({ media: 1, system: 1 });
  expect(one.threads).toEqual([
    {
      name: 'Harbour',
      said: [
        { speaker: 'Mara', text: 'See x.org!', at: AT },
        { speaker: 'user3', text: 'From a lost account', at: AT + 60_000 },
      ],
    },
  ]);
  expect(read(telegram, { chats: { about: '', list: [chat, { ...chat, name: 'Pier' }] } }).threads).toHaveLength(2);
});

test('Discord: names as shown, joins and files', () => {
  const author = { id: '1', name: 'mara#1', nickname: 'Mara' };
  const { threads, media, system } = read(discord, {
    guild: { name: 'Port' },
    channel: { name: 'ferry' },
    messages: [
      { id: '1', type: 'GuildMemberJoin', timestamp: '2024-01-14T09:00:00Z', content: 'Joined the server.', author },
      { id: '2', type: 'Default', timestamp: '2024-01-14T09:00:00+00:00', content: 'Late?', author, attachments: [] },
      {
        id: '3',
        type: 'Reply',
        timestamp: '2024-01-14T09:01:00+00:00',
        content: '',
        author,
        attachments: [{ url: 'x' }],
      },
    ],
  });
  expect([media, system]).toEqual([1, 1]);
  expect(threads).toEqual([{ name: 'ferry', said: [{ speaker: 'Mara', text: 'Late?', at: AT }] }]);
});

test('Slack: mentions, links and signs as they are shown', () => {
  const user_profile = { real_name: 'Mara Lind', display_name: '' };
  const { threads, system, media } = read(
    slack,
    [
      { type: 'message', subtype: 'channel_join', user: 'U1', text: '<@U1> has joined', ts: `${AT / 1000}.000100` },
      {
        type: 'message',
        user: 'U1',
        user_profile,
        text: 'Ask <@U2>, see <https://x.org|this> &amp; <https://y.org>',
        ts: `${AT / 1000}.000000`,
      },
      { type: 'message', user: 'U2', text: '', files: [{ id: 'F' }], ts: `${AT / 1000}.000000` },
      { type: 'message', user: 'U2', text: '<!here> yes in <#C1|ferry>', ts: `${AT / 1000}.000000` },
    ],
    'export/ferry/2024-01-14.json',
  );
  expect([media, system]).toEqual([1, 1]);
  expect(threads).toEqual([
    {
      name: 'ferry',
      said: [
        { speaker: 'Mara Lind', text: 'Ask @U2, see this (https://x.org) & https://y.org', at: AT },
        { speaker: 'U2', text: '@here yes in #ferry', at: AT },
      ],
    },
  ]);
});

test('Signal: a line for each message; a broken one costs itself alone', () => {
  const line = (sender: string, body: string, more: object = {}) =>
    JSON.stringify({
      date: '2024-01-14T09:00:00Z',
      sender,
      body,
      quote: '',
      sticker: '',
      reactions: [],
      attachments: [],
      ...more,
    });
  const text = [
    line('Me', 'Hi'),
    '{"date":',
    line('Jo', '', { attachments: [{ name: 'a' }] }),
    line('Jo', 'Hello '),
  ].join('\n');
  const { threads, media, system } = read(signal, text, 'Jo/data.json');
  expect([media, system, threads[0]!.name]).toEqual([1, 1, 'Jo']);
  expect(threads[0]!.said.map(({ text: words }) => words)).toEqual(['Hi', 'Hello']);
});

describe('Messenger', () => {
  test('bytes that were written as characters are mended, and the oldest comes first', () => {
    const broken = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text));
    const { threads, media, system } = read(messenger, {
      participants: [{ name: 'Zoë' }],
      title: broken('Zoë'),
      messages: [
        { sender_name: broken('Zoë'), timestamp_ms: AT + 60_000, content: broken('Größe 你好 ❤') },
        { sender_name: 'Jo', timestamp_ms: AT, content: 'Plain' },
        { sender_name: 'Jo', timestamp_ms: AT, photos: [{ uri: 'x' }] },
        { sender_name: 'Jo', timestamp_ms: AT, is_unsent: true, content: 'gone' },
      ],
    });
    expect([media, system]).toEqual([1, 1]);
    expect(threads).toEqual([
      {
        name: 'Zoë',
        said: [
          { speaker: 'Jo', text: 'Plain', at: AT },
          { speaker: 'Zoë', text: 'Größe 你好 ❤', at: AT + 60_000 },
        ],
      },
    ]);
  });

  test('text that was never broken stays', () => {
    const { threads } = read(messenger, {
      participants: ['Zoë'],
      threadName: 'Zoë_1',
      messages: [{ senderName: 'Zoë', timestamp: AT, text: 'Größe', type: 'text', isUnsent: false }],
    });
    expect(threads[0]!.said).toEqual([{ speaker: 'Zoë', text: 'Größe', at: AT }]);
  });
});
