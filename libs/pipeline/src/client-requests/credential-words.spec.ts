import { asksForCredential, namesCredential } from './credential-words.ts';

const everywhere = [
  ...['Enter your password', 'PASSWORD', 'pass word', 'p a s s w o r d', 'Pass-Phrase', 'user_password', 'newPassword'],
  ...['p4ssw0rd', 'pa$$word', 'pässwörd', 'раssword', 'pａssｗord', 'pass\u200bword', 'p.a.s.s.w.o.r.d', '🅿🅰🆂🆂word'],
  ...['your API key', 'api_key', 'access-token', 'Card number', 'verification code', 'seed phrase', 'PIN code'],
  ...['Ihr Passwort', 'Kennwort', 'mot de passe', 'contraseña', 'contrasena', 'wachtwoord', 'hasło', 'şifreniz'],
  ...[
    'пароль',
    'Введите ПАРОЛЬ',
    '密码',
    '請輸入密碼',
    'パスワード',
    '비밀번호',
    'كلمة المرور',
    'mật khẩu',
    'lösenord',
  ],
];
const fields = [
  'PIN',
  'your_pin',
  'OTP',
  'cvv',
  'Secret',
  'token',
  'accessPwd',
  'Clave',
  'Senha',
  'pass',
  'mdp',
  'P1N',
  'Enter the 6-digit code we texted you',
  '6digit code',
  'Enter the code from your authenticator app',
  'Enter the 24 words of your wallet',
  'Paste the contents of ~/.ssh/id_rsa',
  'Paste your .env file',
  'GitHub PAT',
  'github_pat',
  'pat',
  'CCV',
  'Card no.',
  'the number of your card',
  'TAN',
  'Mother’s maiden name',
  'cookie of your session',
  'the key of your API',
];
const harmless = [
  ...['Which branch?', 'compass words', 'max_tokens', 'tokens', 'pinned', 'pineapple', 'secretary', 'Boarding pass'],
  ...[
    'spinning',
    'desenhar',
    'order number',
    'Passagier',
    'Pat is a tan cat',
    'country code',
    'a card not yet moved',
    'environment',
    'cookie recipe',
    'opinion',
    'passport country',
    'keyboard',
    'email',
    'code',
  ],
];

describe('words for credentials', () => {
  it.each(everywhere)('are found wherever they stand: %s', (text) => expect(namesCredential(text)).toBe(true));
  it.each(fields)('are found in the name of a field: %s', (text) => expect(asksForCredential(text)).toBe(true));
  it.each(harmless)('are not found in %s', (text) => expect(asksForCredential(text)).toBe(false));
});
