import type { ErrorWords } from './errors';

/** Errors of fetching a published model: the framed page `models.html`, and the studio that reads from it. */
export const hubErrors = {
  'hub-name': {
    en: '“{text}” is not the name of a repository. It looks like owner/name, as in the address of the model’s page.',
    zh: '“{text}”不是仓库名。仓库名形如 所有者/名称，与模型页面地址中的一致。',
  },
  'hub-repository': {
    en: '{hub} has no public model “{repo}”. Look at its spelling; a private model has to be downloaded elsewhere and opened as a folder.',
    zh: '{hub} 上没有公开模型“{repo}”。请检查拼写；私有模型需在别处下载后作为文件夹打开。',
  },
  'hub-gated': {
    en: '“{repo}” asks for an account and consent to its terms at {hub}, and the studio never takes a token. Download it there yourself and open the folder.',
    zh: '“{repo}”要求在 {hub} 登录并同意其条款，而工作室从不接收令牌。请自行在那里下载，然后打开文件夹。',
  },
  'hub-unreachable': {
    en: '{hub} could not be reached ({detail}). Check the network, then try again: what was fetched is kept. A hub other than those listed must stand in the header table of the server that serves the studio.',
    zh: '无法连接 {hub}（{detail}）。请检查网络后重试：已获取的部分会保留。未列出的站点须写入提供工作室的服务器的标头表。',
    cure: 'retry',
  },
  'hub-changed': {
    en: 'The file {file} of “{repo}” is not what the hub listed: it was changed meanwhile. Ask for the model again.',
    zh: '“{repo}”的文件 {file} 与站点列出的不符：它刚刚被更改。请重新查询该模型。',
    cure: 'retry',
  },
} satisfies Record<string, ErrorWords>;
