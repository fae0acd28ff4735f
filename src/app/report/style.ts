// The style of a saved report: light, dark and printed, with the colours of the studio. It names no file and no font
// that must be loaded.

/** Its hash stands in the policy of the page, so it is written as it stands here. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;--bg:#fffdfa;--sunken:#f1ede6;--line:#e2dcd2;--ink:#24211d;--muted:#544e46;--accent:#17655b;
--good:#2c6836;--bad:#a33327;--s1:#17655b;--s2:#a8521f;--s3:#4f5aa8;--s4:#8a3a72;--s5:#5f6b1c;--s6:#2d6d94}
@media (prefers-color-scheme:dark){:root{--bg:#1b1916;--sunken:#24211d;--line:#38332d;--ink:#efe9e0;--muted:#bdb4a7;
--accent:#7cc7b6;--good:#93cb93;--bad:#f0988a;--s1:#7cc7b6;--s2:#e0a073;--s3:#a9b1ee;--s4:#dd9dc8;--s5:#bcc86f;--s6:#86c1e4}}
*{box-sizing:border-box}
body{margin:0 auto;padding:32px 20px 64px;max-width:920px;background:var(--bg);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif}
h1{margin:0;font-size:28px;line-height:1.25;overflow-wrap:anywhere}
h2{margin:40px 0 12px;padding-bottom:4px;border-bottom:1px solid var(--line);font-size:20px}
h3{margin:20px 0 8px;font-size:15px}
p,ul,ol,dl{margin:0 0 12px}
ul,ol{padding-inline-start:20px}
nav ul{display:flex;flex-wrap:wrap;gap:4px 16px;padding:0;list-style:none}
a{color:var(--accent)}
.muted,dt,thead th{color:var(--muted)}
.small{font-size:13px}
.verdict{padding:12px 16px;border-inline-start:4px solid var(--accent);background:var(--sunken);font-weight:600}
.verdict p:last-child{margin:0}
.good{color:var(--good)}.bad{color:var(--bad)}
dl div{display:flex;flex-wrap:wrap;gap:0 16px;padding:4px 0;border-bottom:1px solid var(--line)}
dt{flex:0 0 220px}dd{flex:1 1 240px;margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
code{font:12px/1.4 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin-bottom:12px}
table{width:100%;border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:4px 8px;border-bottom:1px solid var(--line);text-align:start;vertical-align:top;font-weight:400}
thead th{font-size:12px}.even table{table-layout:fixed}.right{text-align:end}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
pre{margin:0 0 12px;padding:8px 12px;background:var(--sunken);white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}
pre b{color:var(--accent);font-weight:400}
figure{margin:0 0 20px}figure>svg{display:block;width:100%;height:auto}
figcaption{display:flex;flex-wrap:wrap;gap:0 16px;font-size:13px;color:var(--muted)}
figcaption span{display:inline-flex;align-items:center;gap:6px}figcaption b{color:var(--ink)}
text{fill:var(--muted);font-size:11px}.grid{stroke:var(--line)}
polyline,figcaption line{fill:none;stroke-width:1.75}.thin{opacity:.45;stroke-width:1}
.series-1{stroke:var(--s1)}.series-2{stroke:var(--s2)}.series-3{stroke:var(--s3)}
.series-4{stroke:var(--s4)}.series-5{stroke:var(--s5)}.series-6{stroke:var(--s6)}
circle.series-1{fill:var(--s1)}circle.series-2{fill:var(--s2)}circle.series-3{fill:var(--s3)}
circle.series-4{fill:var(--s4)}circle.series-5{fill:var(--s5)}circle.series-6{fill:var(--s6)}
@media print{:root{color-scheme:light;--bg:#fff;--sunken:#f5f5f5;--line:#ccc;--ink:#000;--muted:#444;--accent:#17655b;
--good:#2c6836;--bad:#a33327;--s1:#17655b;--s2:#a8521f;--s3:#4f5aa8;--s4:#8a3a72;--s5:#5f6b1c;--s6:#2d6d94}
body{max-width:none;padding:0;font-size:11pt}nav{display:none}.scroll{overflow:visible}
h2,h3{break-after:avoid}figure,tr,dl div,.verdict{break-inside:avoid}@page{margin:16mm}}
`;
