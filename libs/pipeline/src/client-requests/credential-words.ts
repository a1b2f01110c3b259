import { folded, simple, unleeted } from './folded.ts';

/** Wherever one of these stands, somebody is to give a credential. */
const words: readonly string[] = [
  ...['password', 'passwd', 'passphrase', 'passcode', 'passkey', 'pincode', 'pinnumber', 'onetimecode', 'onetimepass'],
  ...['verificationcode', 'authenticationcode', 'authenticatorcode', 'securitycode', 'accesscode', 'backupcode'],
  ...['recoverycode', 'otpcode', 'smscode', 'mfacode', '2facode', 'apikey', 'accesskey', 'secretkey', 'privatekey'],
  ...['sshkey', 'encryptionkey', 'clientsecret', 'credential', 'accesstoken', 'authtoken', 'apitoken', 'bearertoken'],
  ...['refreshtoken', 'sessiontoken', 'sessioncookie', 'seedphrase', 'recoveryphrase', 'mnemonicphrase', 'creditcard'],
  ...['cardnumber', 'debitcard', 'socialsecurity'],
  // German, Dutch, Danish, Norwegian, Swedish, Finnish
  ...['passwort', 'kennwort', 'zugangsdaten', 'zugangscode', 'geheimzahl', 'wachtwoord', 'adgangskode', 'passord'],
  ...['lösenord', 'salasana'],
  // French, Spanish, Catalan, Portuguese, Italian
  ...['motdepasse', 'codesecret', 'codeconfidentiel', 'contraseña', 'contrasenya', 'clavesecreta', 'clavedeacceso'],
  ...['palavrapasse', 'palavrachave', 'suasenha', 'parolasegreta', 'paroladordine', 'parolachiave'],
  // Polish, Czech and Slovak, Hungarian, Croatian and Serbian, Turkish, Vietnamese, Indonesian
  ...['hasło', 'haslo', 'heslo', 'jelszó', 'lozinka', 'zaporka', 'şifre', 'matkhau', 'mậtkhẩu', 'katasandi'],
  // Russian, Ukrainian, Bulgarian, Serbian, Greek, Hebrew, Arabic, Hindi, Thai, Chinese, Japanese, Korean
  ...['пароль', 'пароля', 'парола', 'лозинка', 'κωδικόςπρόσβασης', 'συνθηματικό', 'סיסמה', 'סיסמא'],
  ...[
    'كلمةالمرور',
    'كلمةالسر',
    'पासवर्ड',
    'รหัสผ่าน',
    '密码',
    '密碼',
    '口令',
    'パスワード',
    '暗証番号',
    '비밀번호',
    '패스워드',
  ],
].map((word) => letters(simple(word)).join(''));

/** These say it where they stand alone: `max_tokens` and `pinned` don't. */
const shortWords: ReadonlySet<string> = new Set([
  ...['pwd', 'pw', 'pswd', 'psw', 'pin', 'otp', 'totp', 'puk', 'cvv', 'cvc', 'cvv2', 'cvc2', 'ssn', 'secret', 'token'],
  ...['mdp', 'clave', 'senha', 'parola', 'mnemonic', 'kodeord'],
]);
/** And this where nothing else is said. */
const bareWord = 'pass';

/** Whether a text speaks of a credential: in several languages and spellings, spaced out, with look-alikes or digits in it. */
export function namesCredential(text: string): boolean {
  return spellingsOf(text).some((spelling) => {
    const parts = letters(spelling);
    const whole = parts.join('');
    const found = words.filter((word) => whole.includes(word));
    return found.length > 0 && found.some((word) => stands(word, whole, parts));
  });
}

/** The same of what names, titles or describes what is to be filled in, where short words count, too. */
export function asksForCredential(text: string): boolean {
  if (namesCredential(text)) return true;
  const apart = text.replaceAll(/(\p{Ll})(?=\p{Lu})/gu, '$1 ');
  return spellingsOf(apart).some((spelling) => {
    const parts = letters(spelling);
    return parts.some((part) => shortWords.has(part)) || parts.join('') === bareWord;
  });
}

/**
 * Whether a word that stands in a text without its spaces stands in the text itself: within one of its words, or spread over
 * several from the beginning of one on. "compass word" is no password.
 */
function stands(word: string, whole: string, parts: readonly string[]): boolean {
  const starts = new Set<number>();
  let offset = 0;
  for (const { length } of parts) {
    starts.add(offset);
    offset += length;
  }
  for (let at = whole.indexOf(word); at !== -1; at = whole.indexOf(word, at + 1)) {
    const inner = Array.from(word.slice(1), (_, index) => at + index + 1);
    if (starts.has(at) || !inner.some((place) => starts.has(place))) return true;
  }
  return false;
}

/** As it is written, with look-alikes, and with digits for letters; each once. */
function spellingsOf(text: string): readonly string[] {
  const latin = folded(text);
  return [...new Set([simple(text), latin, unleeted(latin)])];
}

/** The words of a text. */
function letters(text: string): readonly string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== '');
}
