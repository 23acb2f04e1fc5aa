/** `kernel probe`: what the live kernel is and has. */
import { table } from '../../reports/index.ts';
import { EXIT } from './exit.ts';
import { type Answer, type Common, profileOf, type Session } from './session.ts';

const word = (value: unknown): string => {
  if (Array.isArray(value)) return value.join(', ') || 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
};

export async function probe(session: Session, options: Common): Promise<Answer> {
  const kernel = (await session.host.probe()) as { readonly release: string } & Record<string, unknown>;
  const profile = profileOf(options, kernel).name;
  const rows = Object.entries({ profile, ...kernel }).map(([name, value]) => [name, word(value)]);
  session.say(table(rows));
  return { exit: EXIT.good, data: { profile, kernel } };
}
