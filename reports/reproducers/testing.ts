/** For tests of reproducers: programs with what is foretold of them, and many of them in one C program. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelMachine } from '../../checker/model/index.ts';
import type { Program } from '../../checker/program/index.ts';
import { CONTRACT, CORPUS_LOOKS, judgeRun } from '../../checker/run/index.ts';
import { type Environment, profileFor } from '../../spec/index.ts';
import { type Form, fileOf, PLAIN } from './c.ts';
import { type Foretold, type Plan, planOf } from './plan.ts';

/** What the model of the machine's kernel does with a program, judged. */
export async function foretell(environment: Environment, program: Program, title: string): Promise<Foretold> {
  const profile = profileFor(environment.release);
  const [run] = await modelMachine(environment, profile).run([program], CORPUS_LOOKS);
  if (run === undefined || run.defect !== undefined) throw new Error(`${title}: ${run?.defect}`);
  const { verdicts } = judgeRun({ contract: CONTRACT, profile, environment }, program, run, title);
  return { environment, profile: profile.name, steps: run.steps, verdicts, title };
}

/** One child for each program, which tells every result; `## number status` when it has ended. */
const MANY: Form = {
  ...PLAIN,
  top: () => ['/* Many reproducers. */'],
  headers: ['sys/wait.h'],
  main: (plans, bodies) => `typedef void part(void);
static part *const prepares[] = { ${plans.map((_, i) => `prepare_${i}`).join(', ')} };
static part *const runs[] = { ${plans.map((_, i) => `run_${i}`).join(', ')} };

int main(int argc, char **argv)
{
	int status;

	(void)argc;
	verbose = 1;
	${bodies.some((b) => b.settles) ? 'settle(argv);' : '(void)argv;'}
	for (int i = 0; i < ${plans.length}; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			alarm(20);
			prepares[i]();
			runs[i]();
			exit(failures > 0);
		}
		waitpid(pid, &status, 0);
		say("## %d %d\\n", i, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
	}
	return 0;
}`,
};

/** How a reproducer ended (a signal as a negative number), and what it said. */
export interface Ended {
  readonly exit: number;
  readonly lines: readonly string[];
}

/** Compiles C as its head says, every warning being an error. */
export function compileC(folder: string, name: string, text: string, ...options: readonly string[]): string {
  const [source, binary] = [join(folder, `${name}.c`), join(folder, name)];
  writeFileSync(source, text);
  execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-static', ...options, '-o', binary, source], { stdio: 'pipe' });
  return binary;
}

/** Runs many plans as one program; at least two. */
export function runMany(folder: string, plans: readonly Plan[]): readonly Ended[] {
  const binary = compileC(folder, 'many', fileOf(plans, MANY));
  const text = execFileSync(binary, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended: Ended[] = [];
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const end = /^## (\d+) (-?\d+)$/.exec(line);
    if (end === null) {
      lines.push(line);
      continue;
    }
    ended[Number(end[1])] = { exit: Number(end[2]), lines };
    lines = [];
  }
  return ended;
}

export { planOf };
