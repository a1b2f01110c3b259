/* The app of the fixture: draws what its host tells it, and asks for more at a click. */
import { App } from '@modelcontextprotocol/ext-apps/app-with-deps';

const draw = (id, text) => (document.getElementById(id).textContent = text);
const app = new App({ name: 'basket', version: '1' }, {});
app.addEventListener('toolinput', ({ arguments: args }) => draw('asked', args.basket));
app.addEventListener('toolresult', ({ structuredContent }) => draw('count', structuredContent.count));
await app.connect();

document.getElementById('take').addEventListener('click', async () => {
  const { isError, content, structuredContent } = await app.callServerTool({
    name: 'take',
    arguments: { basket: 'a' },
  });
  draw('taken', isError ? content[0].text : `left ${structuredContent.count}`);
});
document.getElementById('read').addEventListener('click', async () => {
  const { contents } = await app.readServerResource({ uri: 'ui://basket/help.txt' });
  draw('help', contents[0].text);
});
for (const [id, place] of Object.entries(globalThis.places))
  fetch(place).then(
    async (answer) => draw(id, await answer.text()),
    () => draw(id, 'refused'),
  );
