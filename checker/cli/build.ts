/** `kernel build`: a kernel in which every allocation can be made to fail. */
import { resolve } from 'node:path';
import { EXIT } from './exit.ts';
import type { Answer, Common, Session } from './session.ts';

export interface BuildOptions extends Common {
  readonly output?: string;
  readonly jobs: number;
}

export async function build(session: Session, common: Common): Promise<Answer> {
  const { output, jobs } = common as BuildOptions;
  const { say, host } = session;
  const where = output === undefined ? {} : { output: resolve(output) };
  const built = await host.buildKernel({ ...where, jobs, say });
  say(`${built.cached ? 'is there already: ' : ''}${built.image}`);
  return { exit: EXIT.good, data: { ...built } };
}
