import { describe, expect, it } from '@jest/globals';
import { evidenceOf, type SeenObject } from '../../functions/core/look.ts';
import { at, deadlineOf, fileExpectation } from './build.ts';

/** Opens 2026-11-20 06:00, due 2026-11-21 06:00, checked 06:10:15. */
const deadline = deadlineOf(fileExpectation({}, { key: 'latest.csv' }));

function seen(lastModified: string, etag = 'e1'): SeenObject {
  return { key: 'latest.csv', size: 10, etag, lastModified: at(lastModified) };
}

const clock = (instant: number | undefined) =>
  instant === undefined ? undefined : new Date(instant).toISOString().slice(8, 19);

function times(object: SeenObject, lookAt: string, earlier?: string): (string | undefined)[] {
  const evidence = evidenceOf(object, deadline, { at: at(lookAt) }, earlier ? at(earlier) : undefined);
  return [clock(evidence.after), clock(evidence.at)];
}

describe('when a listed object came, as (after, at]', () => {
  it.each([
    ['an ordinary object is its LastModified', '2026-11-21T05:58:00Z', 'e1', [undefined, '21T05:58:00']],
    [
      'a multipart object too: it is there in time',
      '2026-11-21T05:58:00Z',
      'e1-2',
      [undefined, '21T05:58:00'],
    ],
    ['one that is older than the window as well', '2026-11-01T05:58:00Z', 'e1-2', [undefined, '01T05:58:00']],
  ])('at the prompt first look: %s', (_, lastModified, etag, expected) => {
    expect(times(seen(lastModified, etag), '2026-11-21T06:10:15Z')).toEqual(expected);
  });

  it.each([
    ['an ordinary object is its LastModified', 'e1', [undefined, '21T05:58:00']],
    [
      'a multipart object is an interval: LastModified is when it was begun',
      'e1-2',
      ['21T05:58:00', '21T09:00:00'],
    ],
  ])('at a first look that is late: %s', (_, etag, expected) => {
    expect(times(seen('2026-11-21T05:58:00Z', etag), '2026-11-21T09:00:00Z')).toEqual(expected);
  });

  it.each([
    ['came after it by its LastModified', '2026-11-21T06:20:00Z', 'e1', [undefined, '21T06:20:00']],
    ['came within the second of it', '2026-11-21T06:10:13Z', 'e1', [undefined, '21T06:10:13']],
    [
      'has the LastModified of its source (a replica)',
      '2026-11-21T06:10:12Z',
      'e1',
      ['21T06:10:15', '21T07:00:00'],
    ],
    ['was begun before it (multipart)', '2026-11-21T05:00:00Z', 'e1-2', ['21T06:10:15', '21T07:00:00']],
    ['was begun after it (multipart)', '2026-11-21T06:30:00Z', 'e1-2', ['21T06:30:00', '21T07:00:00']],
    ['is older than the window', '2026-11-20T06:00:00Z', 'e1', [undefined, '20T06:00:00']],
    ['is older than the window (multipart)', '2026-11-20T06:00:00Z', 'e1-2', [undefined, '20T06:00:00']],
  ])('at a look after one of 06:10:15 that did not see it: what %s', (_, lastModified, etag, expected) => {
    const object = seen(lastModified, etag);
    expect(times(object, '2026-11-21T07:00:00Z', '2026-11-21T06:10:15Z')).toEqual(expected);
  });
});
