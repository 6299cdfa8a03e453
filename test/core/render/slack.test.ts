import { describe, expect, it } from '@jest/globals';
import { slack, type SlackBody } from '../../../functions/core/render/slack.ts';
import { alert, berlin, hostile, message, recovered, storm } from './alerts.ts';

const texts = (body: SlackBody) => body.blocks.map(({ text }) => text.text);

describe('a message to Slack', () => {
  it('says everything of one alert in one section', () => {
    expect(texts(slack(message(alert({ record: { missed: 4, of: 30 } }))))).toEqual([
      `🔴 *MISSED high* Orders from ACME
Expected: \`at least 1 object of 1 byte or more matching orders/2026/11/21/orders-*.csv in bucket acme-landing\`
Due: Sat 2026-11-21 06:00 Europe/Berlin (2026-11-21 05:00 UTC), with 10 min of grace
Seen: nothing under orders/2026/11/21/
Overdue: 10 min so far
Open since: Sat 2026-11-21 06:10 Europe/Berlin
Lately: missed 4 of the last 30
Expectation: data-platform/orders-landing, severity high
<https://wiki.example.com/orders|Runbook> · <https://overdue.example.com/breaches/b-1|Details>`,
    ]);
  });

  it('marks what could not be looked at differently from what was missed and what came', () => {
    const [first] = texts(slack(message(alert({ type: 'inconclusive' }))));
    expect(first).toMatch(/^🟡 \*INCONCLUSIVE high\*/);
    expect(texts(slack(message(recovered())))[0]).toMatch(/^🟢 \*RECOVERED\*/);
  });

  it('marks a calendar that ends as what may turn out bad', () => {
    const ends = alert({ type: 'calendar-ends', seen: 'calendar plant is valid until 2026-12-31' });
    expect(texts(slack(message(ends)))[0]).toMatch(
      /^🟡 \*CALENDAR ENDS\* Orders from ACME\n.*\n.*\nCause: calendar plant is valid until 2026-12-31\n/,
    );
  });

  it('merges missed and recovered', () => {
    const late = recovered({ at: berlin('07:13') });
    expect(texts(slack(message(alert(), late)))[0]).toMatch(/^🟢 \*MISSED AND RECOVERED\* Orders from ACME/);
  });

  it('of a storm stays within the limits and says what is left out', () => {
    for (const body of [
      slack(storm(5000)),
      slack(storm(5000, hostile)),
      slack(message(alert({ ...hostile, type: 'closed' }))),
    ]) {
      expect(body.blocks.length).toBeLessThanOrEqual(50);
      for (const text of texts(body)) expect(text.length).toBeLessThanOrEqual(3000);
      expect(texts(body).join('').length).toBeLessThan(9000);
      expect(body.text.length).toBeLessThanOrEqual(2000);
    }
    expect(texts(slack(storm(5000))).at(0)).toBe('*5000 missed for data-platform*');
    expect(texts(slack(storm(5000))).at(-1)).toMatch(
      /^and \d+ more: see the history of data-platform at https:/,
    );
  });

  it('fits all of one alert, even its addresses, into one section', () => {
    const address = (name: string) => `https://x.example/${name}?${'a'.repeat(420)}`;
    const [runbook, link, runLink] = [address('runbook'), address('link'), address('run')] as const;
    const { blocks } = slack(
      message(alert({ ...hostile, type: 'closed', reason: 'insufficient', runbook, link, runLink })),
    );
    const [{ text }] = [blocks[0]!.text];
    expect(text.length).toBeLessThanOrEqual(3000);
    expect(text).toContain(`<${runLink}|Run> · <${runbook}|Runbook> · <${link}|Details>`);
  });

  it('counts every entry: details, lines and those left out', () => {
    const body = slack(storm(5000));
    const all = texts(body).slice(1);
    const shown = all.join('\n').match(/🔴/g)?.length ?? 0;
    const left = Number(/and (\d+) more/.exec(all.at(-1) ?? '')?.[1]);
    expect(shown + left).toBe(5000);
    expect(shown).toBeGreaterThan(15);
  });

  it.each(['title', 'expected', 'seen', 'actor', 'team', 'expectation'] as const)(
    'lets %s neither mention nor link anybody',
    (field) => {
      const evil = '<!channel> & <https://evil.example.com|click>';
      const body = slack(storm(30, { type: 'closed', [field]: evil }));
      for (const text of [...texts(body), body.text]) {
        expect(text).not.toContain('<!');
        expect(text).not.toContain('<https://evil');
        expect(text).not.toMatch(/&(?!amp;|lt;|gt;)/);
      }
      expect(texts(body).join('')).toContain('&lt;!channel&gt; &amp; &lt;https');
    },
  );

  it('lets an address not close its own link', () => {
    const [text] = texts(
      slack(message(alert({ runbook: 'https://wiki.example.com/a|b>c', link: 'https://x.example/<!here>' }))),
    );
    expect(text).toContain('<https://wiki.example.com/a%7Cb%3Ec|Runbook>');
    expect(text).not.toContain('<!here>');
  });

  it('shows characters of formatting as they are', () => {
    const [text] = texts(slack(message(alert({ seen: '*a* _b_ `c` ~d~' }))));
    expect(text).toContain("Seen: `*a* _b_ 'c' ~d~`");
  });

  it('has a fallback text that says the same to services without blocks, and calls nobody', () => {
    const body = slack(
      message(alert(), alert({ id: 'b', expectation: 'b', title: 'B', seen: '@channel @here' })),
    );
    expect(body.text).toMatch(
      /^2 missed for data-platform\nMISSED high: Orders from ACME — due .*\nMISSED high: B — /,
    );
    expect(body.text).toContain('@\u200bchannel @\u200bhere');
  });
});
