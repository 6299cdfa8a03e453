/** One deliberate fault of the code, which the simulation must notice. */
export interface Mutation {
  /** Below functions/. */
  file: string;
  /** Found once in the file. */
  search: string;
  replace: string;
  /** What it breaks, as the start of a sentence that people would complain with. */
  breaks: string;
}

/** @param rest search and its replacement, in pairs of one mutation each */
function of(file: string, ...mutations: [breaks: string, search: string, replace: string][]): Mutation[] {
  return mutations.map(([breaks, search, replace]) => ({ file, breaks, search, replace }));
}

export const MUTATIONS: readonly Mutation[] = [
  ...of(
    'core/judge.ts',
    [
      'what follows serves one of those that wait',
      'silence !== undefined || after !== undefined ||',
      'silence !== undefined ||',
    ],
    [
      'what came before the window opened counts',
      '!notAfter(one.at, deadline.opensAt) && matches(one)',
      'matches(one)',
    ],
    ['one piece of evidence serves two deadlines', 'isFree(deadline, one) &&', ''],
    ['what is too small counts', 'one.rejected === undefined &&', ''],
    ['what comes at the limit is late', 'notAfter(at, until))', 'at < until)'],
    ['one object written twice counts as two', 'onePerKey(inTime).slice', 'inTime.slice'],
    ['a sign of life long after it undoes a silence', 'if (!notAfter(at, limit)) break;', ''],
    ['a failed check-in counts', "(!one.checkIn || one.checkIn.signal === 'success')", 'true'],
    [
      'claims by runs are skipped',
      'isOfRun({ awaits });\n}\n\nfunction isFree',
      "awaits.kind === 'run';\n}\n\nfunction isFree",
    ],
    ['too many events are enough', 'length > awaits.maxCount;', 'length < 0;'],
    ['a look that is refused makes undetermined at once', 'at >= triedUntil(deadline)', 'true'],
    [
      'a look that comes too late guesses that nothing came',
      'if (!isPrompt(look, deadline) && !isCovered(look)) {',
      'if (false) {',
    ],
  ),
  ...of('core/evidence.ts', [
    'the event and the look of one upload serve two deadlines',
    'if (!other) kept.push(one);',
    'kept.push(one); if (!other) continue;',
  ]),
  ...of(
    'core/look.ts',
    [
      'what lay there before the window is taken for a late arrival',
      '|| lastModified <= deadline.opensAt',
      '',
    ],
    [
      'nothing is ever missed in a bucket without events',
      'return look.at <= checkAt + PROMPT;',
      'return false;',
    ],
    ['what was recorded is listed again as new', 'latestOf(one) >= lastModified - CLOCK_TOLERANCE', 'false'],
  ),
  ...of(
    'core/deadline-times.ts',
    ["the next deadline's file recovers the one before", 'Math.floor((dueAt + next) / 2)', 'next'],
    ['a window that was asked for is ignored', 'if (expectation.window !== undefined)', 'if (false)'],
  ),
  ...of('core/plan.ts', [
    'an occurrence is left out when planning goes on',
    'yield [before, current, next.dueAt];\n      before',
    'if (current.dueAt % 7 !== 3) yield [before, current, next.dueAt];\n      before',
  ]),
  ...of(
    'core/breach.ts',
    ['late proof corrects nothing', 'if (proof) return', 'if (false) return'],
    [
      'the first run that fails ends the wait for others',
      "if (awaits.kind !== 'run' || awaits.run === undefined || breach?.reason === 'failed') return undefined;",
      "if (awaits.kind !== 'run' || breach?.reason === 'failed') return undefined;",
    ],
    ['a late arrival recovers nothing', 'isWanting(breach) ? serving', 'false ? serving'],
    ['what is learnt after it was given up is not told', "|| breach?.status === 'never'", ''],
    ['nothing is ever given up', 'if (now >= deadline.giveUpAt)', 'if (false)'],
    [
      'a recovery is not told',
      "return announce(ended, { type: 'recovered', at: now, seen: arrival(deadline, late), ...lateness });",
      'return { ...ended, seq: ended.seq + 1 };',
    ],
    [
      'lateness is that of the first of several pieces',
      'return Math.max(...evidence.map(({ at }) => at));',
      'return Math.min(...evidence.map(({ at }) => at));',
    ],
  ),
  ...of(
    'core/breach.ts',
    [
      'what is open when a mute ends waits for its reminder',
      'const isUnmuted = muted !== undefined && now >= muted.until;',
      'const isUnmuted = false;',
    ],
    [
      'after a mute it is reminded of what nobody was told of',
      "breach.muted?.opened === true || deadline.outbox.some(({ type }) => type === 'opened')",
      'false',
    ],
    ['nobody acts at the end of a mute', 'Math.min(remindAt, muted?.until ?? Infinity)', 'remindAt'],
  ),
  ...of('core/mute.ts', ['a mute never begins', 'at < mute.until &&', 'false &&']),
  ...of('app/mutes/end.ts', [
    'a mute that somebody ends is waited for all the same',
    'await wakeMuted(ctx, team, ended);',
    '',
  ]),
  ...of(
    'core/registration.ts',
    [
      'a day that was judged is asked for again by a new time of day',
      'return judgedToday ?',
      'return false ?',
    ],
    [
      'an edit dodges what is due already',
      'deadline.rev === registration.rev || deadline.dueAt <= registration.rulesChangedAt',
      'deadline.rev === registration.rev',
    ],
    [
      'a rule that was replaced is judged on',
      'return deadline.rev === registration.rev || deadline.dueAt',
      'return true || deadline.dueAt',
    ],
  ),
  ...of(
    'app/deadlines/check.ts',
    ['nothing is claimed', 'if (!(await claimAll(ctx, deadline, wanted))) return undefined;', ''],
    ['the older deadline is not judged first', 'await settleBefore(ctx, deadline);', ''],
    ['a holiday is missed', 'if (off) return', 'if (false) return'],
    [
      'it is judged before its time',
      'if (now < deadline.checkAt && !(await isLost(ctx, deadline))) return warned(ctx, deadline, registration);',
      '',
    ],
    [
      'what came before anybody looked waits for hours',
      'const reviewed = review(judged, evidence, now);',
      'const reviewed = undefined;',
    ],
    [
      'what a process had claimed that died is lost for others',
      "else if (saved.status !== 'pending') await letGo(ctx, saved, unusedBy(saved, evidence));",
      '',
    ],
  ),
  ...of(
    'app/deadlines/plan.ts',
    ['an edit after an outage loses the gap', 'return planAt <= now;', 'return false;'],
    [
      'nothing is planned after an outage but what lies ahead',
      'await create(ctx, deadlines, now);',
      'await create(ctx, deadlines.filter(({ dueAt }) => dueAt > now), now);',
    ],
  ),
  ...of('app/expectations/register.ts', [
    'a day whose deadline was cancelled counts as judged',
    "one.status !== 'cancelled' && isByClock(one)",
    'isByClock(one)',
  ]),
  ...of(
    'app/breaches/settle.ts',
    [
      'a late arrival is not claimed',
      'if (!(await claimAll(ctx, deadline, reviewed.serving))) return undefined;',
      '',
    ],
    [
      'a correction keeps what had recovered it',
      'if (saved) await letGo(ctx, saved, unusedBy(saved, recorded, deadline.evidence));',
      '',
    ],
  ),
  ...of(
    'app/breaches/advance.ts',

    [
      'the outbox is emptied and not handed over',
      'const told = deadline.outbox.length > 0 ? await handOver(ctx, deadline, registration) : deadline;',
      'const told = { ...deadline, outbox: [] };',
    ],
  ),
  ...of(
    'core/plenty.ts',
    [
      'of events of which there may be too many no more are counted than must come',
      'Math.max(awaits.minCount, (awaits.maxCount ?? -1) + 1)',
      'awaits.minCount',
    ],
    ['after the first piece nothing is needed', 'found[index]?.[enough - 1]', 'found[index]?.[0]'],
  ),
  ...of(
    'app/deadlines/births.ts',
    [
      'a run whose start nobody told is never found',
      'if (!isAskable(job)) return { runs: [], since };',
      'return { runs: [], since };',
    ],
    [
      'a run is judged by old rules and by new ones',
      'const isNew = !isWatched(registration, run, before);',
      'const isNew = true;',
    ],
    [
      'a run that old rules judge is watched by new ones, too',
      "(governs(registration, deadline) || deadline.status !== 'pending')",
      "(deadline.rev === registration.rev || deadline.status !== 'pending')",
    ],
    ['runs are looked for once a day', 'Math.min(LOOKS.least, Math.max(LOOKS.most, part))', '24 * HOUR'],
  ),
  ...of(
    'app/evidence/record-run.ts',
    ['a run that is told of has no deadline', ': await born(ctx, current, run)', ': false'],
    [
      'a run that failed is judged when its time is over',
      "if (current && (run.state === 'failed' || tookPlace)) await judgeAtOnce(ctx, current, run);",
      '',
    ],
  ),
  ...of(
    'core/new-deadline.ts',
    [
      'a run is due before the rules were made that say so',
      'const dueAt = Math.max(asked, rulesChangedAt + SECOND);\n  const awaits',
      'const dueAt = asked;\n  const awaits',
    ],
    [
      'a run that began in the second of its window does not count',
      'opensAt: startedAt - CLOCKS_APART,',
      'opensAt: startedAt + SECOND,',
    ],
  ),
  ...of(
    'app/evidence/record-follow-up.ts',
    [
      'what must be followed has no deadline',
      'await bornAfter(ctx, registration, { ...after, key: keyed.key });',
      '',
    ],
    ['what follows late is not told', 'if (deadline) await wake(ctx, deadline, at);', ''],
  ),
  ...of('app/deadlines/follow-ups.ts', [
    'what waits is forgotten when its rules change',
    'if (next) await keep(ctx, next);',
    '',
  ]),
  ...of(
    'core/follow-up-deadline.ts',
    ['what follows in the same second does not count', 'opensAt: after.at - SECOND,', 'opensAt: after.at,'],
    [
      'what has waited too long when the rules change is due before they were made',
      'asked > rulesChangedAt ? asked : rulesChangedAt + SECOND',
      'asked',
    ],
  ),
  ...of('core/business-time.ts', [
    'time that ends with the day is due on the next',
    'if (begin + left <= stretch.end)',
    'if (begin + left < stretch.end)',
  ]),
  ...of(
    'app/evidence/record.ts',

    [
      'late evidence waits for the next look',
      'if (current && isReviewable(current)) await settle(ctx, refOf(current));',
      '',
    ],
    [
      'a silence does not begin anew',
      "if (reach.silent && around.every(({ status }) => status !== 'pending')) await plan(ctx, ref);",
      '',
    ],
  ),
  ...of(
    'app/alerts/tell.ts',
    [
      'the outbox is emptied before it is handed over',
      'const told = await handOver(ctx, deadline, registration);\n    return ctx.deadlines.save(told);',
      'const saved = await ctx.deadlines.save({ ...deadline, outbox: [] });\n    if (saved) await handOver(ctx, deadline, registration);\n    return saved;',
    ],
    [
      'what was silenced is forgotten',
      '? silenced(deadline, until)\n    : { ...deadline, outbox: [] };',
      '? { ...deadline, outbox: [] }\n    : { ...deadline, outbox: [] };',
    ],
    ['no channel is nudged', 'await ctx.alerts.nudge(team, expectation.notify);', ''],
  ),
  ...of(
    'app/alerts/flush.ts',
    [
      'a message is marked before it is sent',
      '      await ctx.senders.send(',
      "      await ctx.alerts.mark(entries, { at: ctx.now(), status: 'delivered', attempts: 1, message: id });\n      await ctx.senders.send(",
    ],
    [
      'what was delivered is sent again',
      'const fresh = entries.filter((_, index) => !sent[index]);',
      'const fresh = entries;',
    ],
    ['two senders have one channel', "if ((state.leaseUntil ?? 0) > now) return 'busy';", ''],
    ['what was sealed is sent again under another id', '  if (batch && !batch', '  if (false && !batch'],
  ),
  ...of(
    'app/sweep.ts',

    ['a dead lifecycle stays dead', 'if (breach && breach.nextActionAt <= ctx.now() - SLACK)', 'if (false)'],
    [
      'a deadline whose schedule never fired is pending for ever',
      'const { status } = await check(ctx, ref);',
      "const { status } = (await ctx.deadlines.get(ref)) ?? { status: 'absent' };",
    ],
    [
      'a channel whose nudge was lost stays silent',
      'await flush(ctx, todo.team, todo.channel, ctx.now() + FLUSH_TIME);',
      '',
    ],
  ),
];
