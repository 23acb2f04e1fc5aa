/** `extract`: the smallest program that shows the same step as one call of a log. */
import { printProgram } from '../program/index.ts';
import { callText, type Extract, extract as extracted, type Judged, judgeLog, MEMORY } from '../trace/index.ts';
import { badInput, EXIT } from './exit.ts';
import { logsOrStop, orStop, profilesOf } from './judge.ts';
import type { Answer, Common, Session } from './session.ts';

const PLACE = /^(.*):([1-9]\d*)$/s;

interface Found {
  readonly judged: Judged;
  readonly extract: Extract | undefined;
}

/** The memory call that began or ended on a line. */
async function callAt(options: Common, file: string, line: number): Promise<Found | undefined> {
  let found: Found | undefined;
  for (const log of await logsOrStop(file)) {
    const report = judgeLog(log, profilesOf(options), {
      before: ({ where, name }) => MEMORY.has(name) && (where.line === line || where.endLine === line),
      tell: (judged) => {
        if (judged.before === undefined) return;
        const { where } = judged.event;
        if (where.line === line || where.endLine === line)
          found ??= { judged, extract: extracted(judged.event, judged.before) };
      },
    });
    await orStop(() => report);
  }
  return found;
}

export async function extract(session: Session, options: Common, [place = '']: readonly string[]): Promise<Answer> {
  const [, file, digits] = PLACE.exec(place) ?? [];
  if (file === undefined || digits === undefined) throw badInput(`${place}: say which line: FILE:LINE`);
  const found = await callAt(options, file, Number(digits));
  if (found === undefined)
    throw badInput(`${place}: no memory call of which the kernel's answer is known stands on this line`);
  if (found.extract === undefined)
    throw badInput(`${place}: ${callText(found.judged.event)}: programs have no such call`);
  const program = printProgram(found.extract.program);
  session.say(program.trimEnd());
  const { event, kind, reason } = found.judged;
  return {
    exit: EXIT.good,
    data: {
      file,
      line: event.where.line,
      call: callText(event),
      verdict: kind,
      ...(reason === undefined ? {} : { reason }),
      assumed: found.extract.assumed,
      program,
    },
  };
}
