/** What a server is logged in to with. */
export interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const MASK = '***';
/** A server that does not know a command tells what it was given, cut at some length. */
const UNKNOWN_COMMAND_ARGUMENTS = /(with args beginning with:).*/s;
const URL_USERINFO = /(:\/\/)[^\s/@]*@/g;
/** A password that is like this is in no text by chance. */
const NO_WORD = /^(?=.*\p{L})(?=.*[^\p{L}]).{8,}$/su;

/**
 * A text for people without the user and password in it. They are masked where they stand as values: a password such as
 * `user` is also a word of the text.
 */
export function withoutSecrets(text: string, { username, password }: Credentials): string {
  let masked = text
    .replace(UNKNOWN_COMMAND_ARGUMENTS, `$1 ${MASK}`)
    .replace(URL_USERINFO, `$1${MASK}@`);
  if (password && NO_WORD.test(password)) masked = masked.replaceAll(password, MASK);
  for (const secret of [username, password]) {
    if (!secret) continue;
    for (const quote of [`'`, '"', '`']) {
      masked = masked.replaceAll(`${quote}${secret}${quote}`, `${quote}${MASK}${quote}`);
    }
    masked = masked.replaceAll(`AUTH ${secret}`, `AUTH ${MASK}`);
    masked = masked.replaceAll(`AUTH ${MASK} ${secret}`, `AUTH ${MASK} ${MASK}`);
    masked = masked.replaceAll(
      `User ${secret} has no permission`,
      `User ${MASK} has no permission`,
    );
  }
  return masked;
}
