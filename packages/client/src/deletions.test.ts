import { ChatServiceDefinition, type DeleteMessagesRequest } from '@parley/proto/chat';
import { ALICE } from '../test/fake-cluster.ts';
import { refusal } from '../test/fake-server.ts';
import { closeAll, Fixture } from '../test/fixture.ts';
import { GrpcCode } from './failure.ts';

const { deleteMessages } = ChatServiceDefinition.methods;

afterEach(closeAll);

const texts = (fixture: Fixture): string[] => fixture.messages('c').map((message) => message.text);

describe('deleting messages', () => {
  const requests = (fixture: Fixture): DeleteMessagesRequest[] => fixture.inUse.requests(deleteMessages);

  test('for me: out of sight at once, and back by undo', async () => {
    const fixture = await new Fixture().signIn();
    const [m1] = fixture.fill(2);
    if (!m1) throw new Error('there is one');
    await fixture.pass(fixture.client.openConversation('c'));
    const work = fixture.client.deleteMessages([m1], 'for-me');
    expect(texts(fixture)).toEqual(['2']);
    await fixture.pass(work);
    expect(texts(fixture)).toEqual(['2']);
    await fixture.pass(fixture.client.deleteMessages([m1], 'undo'));
    expect(texts(fixture)).toEqual(['1', '2']);
    expect(requests(fixture)).toMatchObject([{ forEveryone: false, undo: false }, { forEveryone: false, undo: true }]);
  });

  test('for me, refused: in sight again', async () => {
    const fixture = await new Fixture().signIn();
    const [m1] = fixture.fill(1);
    if (!m1) throw new Error('there is one');
    await fixture.pass(fixture.client.openConversation('c'));
    fixture.inUse.on(deleteMessages, () => {
      throw refusal(GrpcCode.NOT_FOUND, 'MESSAGE_NOT_FOUND');
    });
    const outcome = expect(fixture.client.deleteMessages([m1], 'for-me')).rejects.toMatchObject({ reason: 'MESSAGE_NOT_FOUND' });
    await fixture.clock.advance(50);
    await outcome;
    expect(texts(fixture)).toEqual(['1']);
  });

  test('for everyone: the text is gone, for good', async () => {
    const fixture = await new Fixture().signIn();
    const [m1] = fixture.fill(2, () => ({ senderId: ALICE.accountId }));
    if (!m1) throw new Error('there is one');
    await fixture.pass(fixture.client.openConversation('c'));
    await fixture.pass(fixture.client.deleteMessages([m1], 'for-everyone'));
    expect(fixture.messages('c')).toMatchObject([{ deleted: true, text: '' }, { deleted: false, text: '2' }]);
    await fixture.pass(fixture.client.openConversation('c'));
    expect(fixture.messages('c')[0]).toMatchObject({ deleted: true, text: '' });
  });

  test('more than 100 take several calls', async () => {
    const fixture = await new Fixture().signIn();
    const messages = fixture.fill(150);
    await fixture.pass(fixture.client.deleteMessages(messages, 'for-me'));
    expect(requests(fixture).map((request) => request.messages.length)).toEqual([100, 50]);
  });
});
