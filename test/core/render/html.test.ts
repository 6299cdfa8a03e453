import { describe, expect, it } from '@jest/globals';
import { html } from '../../../functions/core/render/html.ts';
import { alert, hostile, message, recovered, storm } from './alerts.ts';

const text = (page: string) =>
  page
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the HTML of a message', () => {
  it('says what the plain text says', () => {
    const shown = text(html(message(alert({ record: { missed: 4, of: 30 } }))));
    for (const fact of [
      'MISSED high Orders from ACME',
      'Expected at least 1 object',
      'Due Sat 2026-11-21 06:00 Europe/Berlin (2026-11-21 05:00 UTC)',
      'Seen nothing under orders/2026/11/21/',
      'Lately missed 4 of the last 30',
    ]) {
      expect(shown).toContain(fact);
    }
  });

  it('links the runbook and the breach', () => {
    const page = html(message(alert({ runbook: 'https://wiki.example.com/?a=1&b=2' })));
    expect(page).toContain('href="https://wiki.example.com/?a=1&amp;b=2"');
    expect(page).toContain('href="https://overdue.example.com/breaches/b-1"');
  });

  it('makes no link of what is no web address', () => {
    const page = html(message(alert({ runbook: 'javascript:alert(1)', link: 'data:text/html,x' })));
    expect(page).not.toContain('<a ');
  });

  it('keeps quotes in an address inside the attribute', () => {
    const page = html(message(alert({ link: `https://overdue.example.com/?"onclick='x'` })));
    expect(page).not.toMatch(/onclick='|"onclick/);
  });

  it.each([
    'title',
    'expected',
    'seen',
    'actor',
    'team',
    'expectation',
    'runbook',
    'link',
    'timezone',
  ] as const)('escapes markup in %s, in details and in lines', (field) => {
    const evil = { [field]: `</td><script>"&'` };
    const alerts = storm(30, { type: 'closed', ...evil }).alerts;
    const page = html(message(...alerts, recovered(evil)));
    expect(page).not.toMatch(/<script|<\/td><s|&(?!amp;|lt;|gt;|quot;|#39;)/);
    expect(text(page)).toContain('&lt;/td&gt;&lt;script&gt;&quot;&amp;&#39;');
  });

  it('escapes lines that have no address to link', () => {
    const page = html(storm(30, { title: '<script>', link: 'none' }));
    expect(page).not.toContain('<script>');
    expect(page.match(/MISSED high: &lt;script&gt;/g)).toHaveLength(10);
  });

  it('has colours for dark screens', () => {
    expect(html(message(alert()))).toMatch(/prefers-color-scheme:dark/);
  });

  it('of a storm of the worst texts is not cut off by mail clients', () => {
    for (const page of [html(storm(5000)), html(storm(5000, hostile))]) {
      expect(page.length).toBeLessThan(100_000);
      expect(text(page)).toMatch(/and \d+ more: /);
    }
  });

  it('of 5000 shows 20 in detail and 80 in a line each', () => {
    const page = html(storm(5000));
    expect(page.match(/>Expected</g)).toHaveLength(20);
    expect(page.match(/>MISSED high: Feed \d+/g)).toHaveLength(80);
    expect(text(page)).toContain('and 4900 more: see the history of data-platform');
  });
});
