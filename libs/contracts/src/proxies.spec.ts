import { proxiesOf } from './proxies.ts';

const own = 'localhost,127.0.0.1,[::1]';

it.each([
  [{}, null],
  [{ NO_PROXY: 'a.example', HTTPS_PROXY: '' }, null],
  [{ HTTPS_PROXY: 'http://p:1' }, { httpProxy: '', httpsProxy: 'http://p:1', noProxy: `${own},` }],
  [
    { http_proxy: 'http://s', HTTP_PROXY: 'http://big', no_proxy: 'b.example' },
    { httpProxy: 'http://s', httpsProxy: '', noProxy: `${own},b.example` },
  ],
  [
    { HTTPS_PROXY: 'http://p', NO_PROXY: '*' },
    { httpProxy: '', httpsProxy: 'http://p', noProxy: '*' },
  ],
])('%j', (env, proxies) => expect(proxiesOf(env)).toEqual(proxies));
