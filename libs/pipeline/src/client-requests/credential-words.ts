import { folded, simple, withoutLeetspeak } from './folded.ts';
import { letters, isWholeWord } from './whole-words.ts';

/** Wherever one of these stands, somebody is to give a credential. */
const words: readonly string[] = [
  ...['password', 'passwd', 'passphrase', 'passcode', 'passkey', 'pincode', 'pinnumber', 'onetimecode', 'onetimepass'],
  ...['verificationcode', 'authenticationcode', 'authenticatorcode', 'securitycode', 'accesscode', 'backupcode'],
  ...['recoverycode', 'otpcode', 'smscode', 'mfacode', '2facode', 'apikey', 'accesskey', 'secretkey', 'privatekey'],
  ...['sshkey', 'encryptionkey', 'clientsecret', 'credential', 'accesstoken', 'authtoken', 'apitoken', 'bearertoken'],
  ...['refreshtoken', 'sessiontoken', 'sessioncookie', 'seedphrase', 'recoveryphrase', 'mnemonicphrase', 'creditcard'],
  ...[
    'cardnumber',
    'debitcard',
    'socialsecurity',
    'maidenname',
    'idrsa',
    'ided25519',
    'idecdsa',
    'iddsa',
    'kubeconfig',
  ],
  ...['smstan', 'mobiletan', 'pushtan', 'securityanswer', 'personalaccesstoken', 'keystorefile', 'secretwords'],
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
  ...[
    'pwd',
    'pw',
    'pswd',
    'psw',
    'pin',
    'otp',
    'totp',
    'puk',
    'cvv',
    'cvc',
    'cvv2',
    'cvc2',
    'ccv',
    'ssn',
    'secret',
    'token',
  ],
  ...['mdp', 'clave', 'senha', 'parola', 'mnemonic', 'kodeord'],
]);
/** And these where nothing else is said. */
const bareWords: ReadonlySet<string> = new Set(['pass', 'pat', 'tan', 'csc']);
/** Abbreviations that are everyday words in lower case. */
const capitals = /(?<![\p{L}\p{N}])(?:PAT|TAN|CSC)(?![\p{L}\p{N}])/u;
/** Files that hold keys. */
const keyFile =
  /(?:^|[^\p{L}\p{N}])\.(?:ssh|env|aws|npmrc|netrc|pgpass|pypirc|kube|gnupg|dockercfg|git-credentials)(?!\p{L})/u;
const cardNumber = / card (?:no|nr|num|numbers?|digits?) /;
/** Words that ask for a credential together, in whatever order. */
const pairs: readonly (readonly [RegExp, RegExp])[] = [
  [
    / codes? /,
    / (?:digits?|texted|sms|sent|send|received|emailed|mailed|authenticators?|verification|login|mfa|2fa|phone|whatsapp) /,
  ],
  [/ (?:words?|phrase|key) /, / (?:wallet|seed|recovery|mnemonic|metamask) /],
  [/ cookies? /, / (?:sessions?|browser|login|auth|signed) /],
  [/ keys? /, / (?:api|ssh|gpg|pgp|encryption|signing) /],
  [/ (?:numbers?|digits) /, / (?:card|iban) /],
  [/ pat /, / (?:github|gitlab|azure|git|bitbucket) /],
];

/** Whether a text speaks of a credential: in several languages and spellings, spaced out, with look-alikes or digits in it. */
export function namesCredential(text: string): boolean {
  return spellingsOf(text).some((spelling) => {
    const parts = letters(spelling);
    const whole = parts.join('');
    const found = words.filter((word) => whole.includes(word));
    return found.length > 0 && found.some((word) => isWholeWord(word, whole, parts));
  });
}

/** The same of what names, titles or describes what is to be filled in, where short words and words beside each other count, too. */
export function asksForCredential(text: string): boolean {
  if (namesCredential(text) || capitals.test(text)) return true;
  const apart = text.replaceAll(/(\p{Ll})(?=\p{Lu})/gu, '$1 ');
  return spellingsOf(apart).some((spelling) => {
    const parts = letters(spelling);
    if (parts.some((part) => shortWords.has(part)) || bareWords.has(parts.join(''))) return true;
    return keyFile.test(spelling) || asksTogether(` ${parts.join(' ')} `.replaceAll(/ \d+(?=digits? )/g, ' '));
  });
}

function asksTogether(parts: string): boolean {
  return cardNumber.test(parts) || pairs.some(([one, other]) => one.test(parts) && other.test(parts));
}

/** As it is written, with look-alikes, and with digits for letters; each once. */
function spellingsOf(text: string): readonly string[] {
  const latin = folded(text);
  return [...new Set([simple(text), latin, withoutLeetspeak(latin)])];
}
