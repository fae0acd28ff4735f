import type { ErrorWords } from './errors';

/** Errors that the page itself meets. */
export const appErrors = {
  'worker-failed': {
    en: 'The part of the studio that works in the background (“{worker}”) could not start: {message}. Reload the page; if that does not help, the installation is incomplete.',
    zh: '工作室的后台部分（“{worker}”）无法启动：{message}。请重新加载页面；如果仍然如此，说明安装不完整。',
    cure: 'reload',
  },
  'paste-empty': {
    en: 'There is no text to import: what you pasted is empty. Copy some text and paste it again.',
    zh: '没有可导入的文本：粘贴的内容为空。请先复制文本再粘贴。',
  },
} satisfies Record<string, ErrorWords>;
