/**
 * Secrets by the prefixes that their makers publish, as the rules of secretlint and the documents of each service list
 * them. Each pattern is sticky and bounded; what begins one is found first (findSecrets.ts).
 */

export const SECRET_KINDS = [
  ...(['aws', 'azure', 'google', 'github', 'gitlab', 'slack', 'openai', 'anthropic', 'hugging-face'] as const),
  ...(['stripe', 'npm', 'sendgrid', 'twilio', 'jwt', 'basic-auth', 'other-key', 'private-key', 'entropy'] as const),
] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

/** What a key begins with, and the whole of it. */
interface KeyRule {
  kind: SecretKind;
  /** A source of a pattern without capturing groups. */
  begins: string;
  whole: RegExp;
}

export const KEY_RULES: readonly KeyRule[] = [
  { kind: 'aws', begins: 'A(?:3T[A-Z0-9]|KIA|GPA|IDA|ROA|IPA|NPA|NVA|SIA)[A-Z0-9]', whole: /[A-Z0-9]{20}/y },
  { kind: 'azure', begins: 'AccountKey=', whole: /AccountKey=[A-Za-z0-9+/]{86}==/y },
  { kind: 'azure', begins: 'SharedAccessKey=', whole: /SharedAccessKey=[A-Za-z0-9+/]{43}=/y },
  { kind: 'google', begins: 'AIza', whole: /AIza[\w-]{35}/y },
  { kind: 'google', begins: 'ya29\\.', whole: /ya29\.[\w-]{20,512}/y },
  { kind: 'google', begins: 'GOCSPX-', whole: /GOCSPX-[\w-]{28}/y },
  { kind: 'github', begins: 'gh[pousr]_', whole: /gh[pousr]_[A-Za-z0-9_]{36,255}/y },
  { kind: 'github', begins: 'github_pat_', whole: /github_pat_[A-Za-z0-9_]{22,255}/y },
  { kind: 'gitlab', begins: 'gl(?:pat|dt|rt|ptt|ft|imt|oas|soat|cbt)-', whole: /gl[a-z]{2,4}-[\w-]{20,300}/y },
  { kind: 'slack', begins: 'xox[abeoprs]-', whole: /xox[abeoprs]-[A-Za-z0-9.-]{10,250}/y },
  { kind: 'slack', begins: 'xapp-', whole: /xapp-\d-[A-Za-z0-9-]{10,250}/y },
  {
    kind: 'slack',
    begins: 'hooks\\.slack\\.com/',
    whole: /hooks\.slack\.com\/services\/T\w{1,40}\/B\w{1,40}\/\w{1,40}/y,
  },
  { kind: 'anthropic', begins: 'sk-ant-', whole: /sk-ant-[a-z]{3,6}\d{2}-[\w-]{80,140}/y },
  { kind: 'openai', begins: 'sk-(?:proj|svcacct|admin)-', whole: /sk-(?:proj|svcacct|admin)-[\w-]{40,200}/y },
  { kind: 'openai', begins: 'sk-[A-Za-z0-9]', whole: /sk-(?:[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{48})/y },
  { kind: 'hugging-face', begins: 'hf_', whole: /hf_[A-Za-z0-9]{34}/y },
  { kind: 'hugging-face', begins: 'api_org_', whole: /api_org_[A-Za-z]{34}/y },
  { kind: 'stripe', begins: '[rs]k_(?:live|test)_', whole: /[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}/y },
  { kind: 'stripe', begins: 'whsec_', whole: /whsec_[A-Za-z0-9+/=]{32,100}/y },
  { kind: 'npm', begins: 'npm_', whole: /npm_[A-Za-z0-9]{36}/y },
  { kind: 'npm', begins: '_authToken=', whole: /_authToken=[^\s$"']{10,300}/y },
  { kind: 'sendgrid', begins: 'SG\\.', whole: /SG\.[\w-]{16,64}\.[\w-]{16,64}/y },
  { kind: 'twilio', begins: '(?:SK|AC)[0-9a-f]{4}', whole: /(?:SK|AC)[0-9a-f]{32}/y },
  { kind: 'jwt', begins: 'eyJ', whole: /eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{8,2000}/y },
  { kind: 'other-key', begins: 'do[opr]_v1_', whole: /do[opr]_v1_[a-f0-9]{64}/y },
  { kind: 'other-key', begins: 'shp(?:at|ca|pa|ss)_', whole: /shp(?:at|ca|pa|ss)_[A-Za-z0-9]{32,64}/y },
  { kind: 'other-key', begins: 'ntn_', whole: /ntn_\d{11}[A-Za-z0-9]{35}/y },
  { kind: 'other-key', begins: 'lin_api_', whole: /lin_api_\w{32,128}/y },
  { kind: 'other-key', begins: 'dckr_pat_', whole: /dckr_pat_[\w-]{27}/y },
  { kind: 'other-key', begins: 'dapi[0-9a-f]', whole: /dapi[a-f0-9]{32}(?:-\d)?/y },
  { kind: 'other-key', begins: 'hv[sbr]\\.', whole: /hv[sbr]\.[\w-]{90,300}/y },
  {
    kind: 'other-key',
    begins: 'gl(?:sa|c)_',
    whole: /gl(?:sa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|c_[A-Za-z0-9+/]{32,400}={0,2})/y,
  },
  { kind: 'other-key', begins: 'figd_', whole: /figd_[\w-]{40,200}/y },
  { kind: 'other-key', begins: 'gsk_', whole: /gsk_[A-Za-z0-9]{52}/y },
  { kind: 'other-key', begins: 'ops_ey', whole: /ops_ey[A-Za-z0-9+/=]{100,1300}/y },
  { kind: 'other-key', begins: 'vc[pair]_', whole: /vc[pair]_[A-Za-z0-9]{20,60}/y },
  { kind: 'other-key', begins: 'pypi-AgE', whole: /pypi-AgE[\w-]{50,300}/y },
  { kind: 'other-key', begins: 'AGE-SECRET-KEY-', whole: /AGE-SECRET-KEY-1[A-Z0-9]{58}/y },
  { kind: 'other-key', begins: 'LTAI', whole: /LTAI[A-Za-z0-9]{12,20}/y },
  { kind: 'other-key', begins: 'AKID[A-Za-z0-9]', whole: /AKID[A-Za-z0-9]{32}/y },
  {
    kind: 'private-key',
    begins: '-----BEGIN ',
    whole:
      /-----BEGIN (?:[A-Z0-9]{1,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:[^-]{1,12000}-----END [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----)?/y,
  },
];
