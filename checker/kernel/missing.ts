/** What keeps a live kernel from being used on this system; the message is one readable line. */
export class Missing extends Error {
  override readonly name = 'Missing';
}
