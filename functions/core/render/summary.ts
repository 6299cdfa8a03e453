import type { AlertType, Message } from '../alert.ts';
import type { Entry } from './entry.ts';
import { headlineOf } from './headline.ts';
import { counted, oneLine, webAddress } from './line.ts';

/** In the order in which they are counted. */
const WORDS: readonly (readonly [AlertType, (count: number) => string])[] = [
  ['opened', (count) => `${count} missed`],
  ['reminder', (count) => `${count} still open`],
  ['gave-up', (count) => `${count} gave up`],
  ['inconclusive', (count) => `${count} inconclusive`],
  ['undetermined', (count) => `${count} undetermined`],
  ['at-risk', (count) => `${count} at risk`],
  ['calendar-ends', (count) => counted(count, 'calendar warning')],
  ['recovered', (count) => `${count} recovered`],
  ['withdrawn', (count) => `${count} withdrawn`],
  ['closed', (count) => `${count} closed`],
  ['test', (count) => counted(count, 'test')],
];

const MERGED: Partial<Record<AlertType, string>> = {
  recovered: 'missed and recovered',
  withdrawn: 'missed and withdrawn',
  'gave-up': 'missed and gave up',
  closed: 'missed and closed',
  inconclusive: 'missed and inconclusive',
  undetermined: 'missed and undetermined',
};

/**
 * The first line of a message: the headline of a single entry; of a group the counts by type and team
 * (`37 missed, 2 recovered for data-platform; 1 missed for finance`).
 */
export function summaryOf(entries: readonly Entry[], message: Message): string {
  const [only] = entries;
  if (only && entries.length === 1) return headlineOf(only);
  if (!only) return `nothing to report for ${oneLine(message.team, 100)}`;
  const teams = Map.groupBy(entries, ({ alert }) => alert.team);
  return [...teams].map(([team, own]) => `${countsOf(own)} for ${oneLine(team, 100)}`).join('; ');
}

function countsOf(entries: readonly Entry[]): string {
  return WORDS.flatMap(([type, word]) => {
    const of = entries.filter((entry) => countedAs(entry) === type);
    const merged = of.filter(({ missedHere, alert }) => missedHere && alert.type !== 'reminder').length;
    const plain = of.length - merged;
    const both = MERGED[type] ?? type;
    return [...(plain > 0 ? [word(plain)] : []), ...(merged > 0 ? [`${merged} ${both}`] : [])];
  }).join(', ');
}

/** A reminder in the same message as the breach's opening is no second thing. */
function countedAs({ alert, missedHere }: Entry): AlertType {
  return alert.type === 'reminder' && missedHere ? 'opened' : alert.type;
}

/** What was left out of a message and where it is: `and 12 more: see the history of data-platform at https://…`. */
export function andMore(left: number, entries: readonly Entry[]): string {
  const teams = [...new Set(entries.map(({ alert }) => oneLine(alert.team, 100)))].join(', ');
  const link = entries.map(({ alert }) => webAddress(alert.link)).find((url) => url !== undefined);
  const place = link === undefined ? '' : ` at ${new URL(link).origin}`;
  return `and ${left} more: see the history of ${teams}${place}`;
}
