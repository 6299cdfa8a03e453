import type { Message } from '../alert.ts';
import { detailsOf, type Detail } from './details.ts';
import { entriesOf, toneOf, type Entry, type Tone } from './entry.ts';
import { headlineOf, headlineParts } from './headline.ts';
import { layOut, type Limits } from './layout.ts';
import { webAddress } from './line.ts';
import { andMore, summaryOf } from './summary.ts';

/** Gmail cuts a mail off after 102 KB. */
const LIMITS: Limits = { details: 20, entries: 100, size: 90_000 };

const COLOURS: Record<Tone, string> = {
  bad: '#d1242f',
  unknown: '#bf8700',
  good: '#1a7f37',
  neutral: '#6e7781',
};

/** The colours are set inline for clients that drop style sheets; the sheet only turns them for dark screens. */
const STYLE = [
  ':root{color-scheme:light dark;supported-color-schemes:light dark}',
  '@media (prefers-color-scheme:dark){',
  '.page{background:#0d1117!important;color:#e6edf3!important}',
  '.label{color:#9198a1!important}.bad{color:#f85149!important}.unknown{color:#d29922!important}',
  '.good{color:#3fb950!important}.neutral{color:#9198a1!important}',
  'a{color:#4493f8!important}}',
].join('');

const FONT =
  "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:14px;line-height:20px";

/** The message as an HTML document for mail clients: tables, no images, no scripts, everything escaped. */
export function html(message: Message): string {
  const entries = entriesOf(message);
  const summary = escapeHtml(summaryOf(entries, message));
  const { details, lines, left } = layOut(entries, LIMITS, { detail, line });
  const body = [
    entries.length === 1 ? '' : `<h1 style="font-size:18px;line-height:24px;margin:0 0 16px">${summary}</h1>`,
    ...details,
    lines.length > 0
      ? `<table role="presentation" cellpadding="0" cellspacing="0">${lines.join('')}</table>`
      : '',
    left > 0 ? `<p style="margin:16px 0 0">${escapeHtml(andMore(left, entries))}</p>` : '',
  ];
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
    `<title>${summary}</title><style>${STYLE}</style></head>`,
    `<body class="page" style="margin:0;padding:16px;background:#ffffff;color:#1f2328;${FONT}">`,
    ...body,
    '</body></html>',
  ].join('\n');
}

/** Text for element content and for attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function detail(entry: Entry): string {
  const { label, what } = headlineParts(entry);
  const tone = toneOf(entry.alert.type);
  const colour = COLOURS[tone];
  return [
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 16px">',
    `<tr><td style="border-left:4px solid ${colour};padding:2px 0 2px 12px">`,
    `<p style="margin:0 0 6px;font-size:16px"><b><span class="${tone}" style="color:${colour}">${escapeHtml(label)}</span>`,
    ` ${escapeHtml(what)}</b></p>`,
    '<table role="presentation" cellpadding="0" cellspacing="0">',
    ...detailsOf(entry).map(row),
    '</table></td></tr></table>',
  ].join('');
}

function row({ label, value, href }: Detail): string {
  const text = href === undefined ? escapeHtml(value) : link(href, value);
  return (
    `<tr><td class="label" valign="top" style="color:#59636e;padding:0 12px 0 0;white-space:nowrap">${label}</td>` +
    `<td valign="top" style="word-break:break-word">${text}</td></tr>`
  );
}

function line(entry: Entry): string {
  const href = webAddress(entry.alert.link);
  const text = headlineOf(entry);
  const colour = COLOURS[toneOf(entry.alert.type)];
  const shown = href === undefined ? escapeHtml(text) : link(href, text);
  return `<tr><td style="border-left:4px solid ${colour};padding:2px 0 2px 12px">${shown}</td></tr>`;
}

function link(href: string, text: string): string {
  return `<a href="${escapeHtml(href)}" style="color:#0969da">${escapeHtml(text)}</a>`;
}
