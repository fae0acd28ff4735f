// Screens come one by one, once each; one that did not come is told, and asked for again.
import { describe, expect, test, vi } from 'vitest';
import type { Component } from 'svelte';
import { Screens } from '../../../src/app/frame/screens.svelte';

const screen = (): Component => () => ({});
const panel = (path: string, component = screen()) => ({
  path,
  component,
  load: vi.fn(() => Promise.resolve({ default: component })),
});

describe('screens', () => {
  test('one is there once it has come, and is fetched once', async () => {
    const screens = new Screens();
    const [data, chat] = [panel('data'), panel('chat')];
    expect(screens.at('data')).toBeUndefined();
    await screens.show(data);
    expect(screens.at('data')).toBe(data.component);
    expect(screens.at('chat')).toBeUndefined();
    await screens.warm([data, chat]);
    expect(screens.at('chat')).toBe(chat.component);
    await screens.show(chat);
    expect([data.load, chat.load].map((load) => load.mock.calls.length)).toEqual([1, 1]);
  });

  test('one that does not come is told by its name, until it is asked for again or another is shown', async () => {
    const screens = new Screens();
    const [lost, other] = [panel('lost'), panel('other')];
    lost.load.mockRejectedValueOnce(new TypeError('Failed to fetch'));
    await screens.show(lost);
    expect(screens.fault).toMatchObject({ code: 'page-missing', facts: { page: 'lost' } });
    await screens.show(other);
    expect(screens.fault).toBeUndefined();
    await screens.show(lost);
    expect(screens.at('lost')).toBe(lost.component);
  });

  test('one that does not come ahead of time is not told, and the others come', async () => {
    const screens = new Screens();
    const [lost, other] = [panel('lost'), panel('other')];
    lost.load.mockRejectedValue(new TypeError('Failed to fetch'));
    await screens.warm([lost, other]);
    expect(screens.fault).toBeUndefined();
    expect(screens.at('other')).toBe(other.component);
  });
});
