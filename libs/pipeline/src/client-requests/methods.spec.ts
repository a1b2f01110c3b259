import { ServerNotificationSchema, ServerRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { methods, serverNotification } from '@sallyport/contracts';
import { kindOf } from './kinds.ts';
import { labelledNotification } from './notification.ts';

const unknown = ['constructor', '__proto__', 'notifications/nothing', 'tools/call', ''];
const requests = [...ServerRequestSchema.options.map(({ shape }) => shape.method.value), ...unknown];
const notifications = [...ServerNotificationSchema.options.map(({ shape }) => shape.method.value), ...unknown];

describe('what a server sends', () => {
  it.each(requests)('as the request %p is guarded where it has a row, and else refused', (method) => {
    expect(kindOf(method)?.method).toBe(Object.keys(methods.serverRequests).find((known) => known === method));
  });

  it.each(notifications)('as the notification %p reaches a client only where its row says so', (method) => {
    const passed = labelledNotification('shop', { method, params: {} });
    expect(passed === null).toBe(serverNotification(method) !== 'client');
  });
});
