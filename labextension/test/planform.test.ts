import { ApiError } from '../src/api';
import { ADD, differences, PlanForm } from '../src/model';
import { Door, arm, plan, settle } from './planfakes';

async function loaded(door: Door): Promise<PlanForm> {
  const form = new PlanForm('exp_1', () => 'x.ipynb', door.verbs, 400);
  void form.load();
  await settle();
  door.last.answer(plan(4));
  await settle();
  return form;
}

describe('the form of a plan', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('sends what was typed last, once the typing rests', async () => {
    const door = new Door();
    const form = await loaded(door);
    form.set('blocks', 5);
    jest.advanceTimersByTime(300);
    form.set('blocks', 6);
    jest.advanceTimersByTime(300);
    expect(door.asked).toHaveLength(1);
    expect(form.valueOf('blocks')).toBe(6);
    jest.advanceTimersByTime(100);
    await settle();
    expect(door.asked).toHaveLength(2);
    expect(door.last.args).toEqual({ id: 'exp_1', set: ['blocks=6'], digest: 'd4' });
  });

  it('has one request under way, and shows what was typed meanwhile', async () => {
    const door = new Door();
    const form = await loaded(door);
    form.set('blocks', 5);
    jest.advanceTimersByTime(400);
    form.set('blocks', 7);
    jest.advanceTimersByTime(4000);
    await settle();
    expect(door.asked).toHaveLength(2);
    door.last.answer(plan(5));
    await settle();
    expect(form.valueOf('blocks')).toBe(7);
    expect(door.last.args).toMatchObject({ set: ['blocks=7'], digest: 'd5' });
    door.last.answer(plan(7));
    await settle();
    expect(form.plan?.blocks).toBe(7);
    expect(form.isBusy).toBe(false);
  });

  it('drops an answer that an edit overtook', async () => {
    const door = new Door();
    const form = await loaded(door);
    void form.load();
    await settle();
    const late = door.last;
    form.set('blocks', 8);
    jest.advanceTimersByTime(400);
    await settle();
    door.last.answer(plan(8));
    await settle();
    late.answer(plan(4));
    await settle();
    expect(form.plan?.blocks).toBe(8);
    expect(form.elsewhere).toEqual([]);
  });

  it('says a refusal at the entry that is at fault, and keeps what was typed there', async () => {
    const door = new Door();
    const form = await loaded(door);
    form.set('blocks', -1);
    form.set('alpha', 0.1);
    jest.advanceTimersByTime(400);
    await settle();
    expect(door.last.args['set']).toEqual(['blocks=-1', 'alpha=0.1']);
    const no = new ApiError('plan', 'blocks must be at least 1', 'use 2 or more');
    door.last.refuse(no);
    await settle();
    expect(door.last.args['set']).toEqual(['blocks=-1']);
    door.last.refuse(no);
    await settle();
    expect(door.last.args['set']).toEqual(['alpha=0.1']);
    door.last.answer(plan(4, 'dd'));
    await settle();
    expect(form.problemAt('blocks')?.remedy).toBe('use 2 or more');
    expect(form.problemAt('alpha')).toBeNull();
    expect(form.valueOf('blocks')).toBe(-1);
    form.set('blocks', 3);
    expect(form.problemAt('blocks')).toBeNull();
  });

  it('holds a change back where the file was edited by hand, until the person says so', async () => {
    const door = new Door();
    const form = await loaded(door);
    form.set('blocks', 9);
    jest.advanceTimersByTime(400);
    await settle();
    door.last.refuse(new ApiError('stale', 'the plan was changed elsewhere'));
    await settle();
    expect(door.last.verb).toBe('show');
    door.last.answer(plan(6));
    await settle();
    expect(form.elsewhere).toEqual([{ key: 'blocks', before: 4, now: 6 }]);
    expect(form.held).toEqual(['blocks']);
    jest.advanceTimersByTime(4000);
    await settle();
    const before = door.asked.length;
    form.acknowledge(true);
    jest.advanceTimersByTime(400);
    await settle();
    expect(door.asked).toHaveLength(before + 1);
    expect(door.last.args).toMatchObject({ set: ['blocks=9'], digest: 'd6' });
  });

  it('knows an arm by its place, and lets none be changed while one is dropped', async () => {
    const door = new Door();
    const form = await loaded(door);
    const one = form.plan!.arms[1]!;
    form.setLevel(one, 'lr', '0.5');
    jest.advanceTimersByTime(400);
    await settle();
    expect(door.last.args['set']).toEqual(['arms.1.set."lr"="0.5"']);
    expect(form.levelOf(one, 'lr')).toBe('0.5');
    door.last.answer(
      plan(4, 'd5', { arms: [arm('baseline', ''), arm('lr=0.5', 'arms.1', { lr: '0.5' })] })
    );
    await settle();
    void form.drop(form.plan!.arms[1]!);
    await settle();
    expect(door.last.args['set']).toEqual(['arms.1=']);
    expect(form.isDropping).toBe(true);
    door.last.answer(plan(4, 'd6'));
    await settle();
    expect(form.isDropping).toBe(false);
  });

  it('puts an arm in, and says why one was refused', async () => {
    const door = new Door();
    const form = await loaded(door);
    void form.add('lr', '0.7');
    await settle();
    expect(door.last.args['set']).toEqual(['arms.+={"set":{"lr":"0.7"}}']);
    expect(door.last.args['digest']).toBe('d4');
    door.last.refuse(new ApiError('plan', 'lr=0.7 is there already'));
    await settle();
    expect(form.problemAt(ADD)?.message).toBe('lr=0.7 is there already');
  });

  it("takes what its own prediction changes for no other hand's", async () => {
    const door = new Door();
    const form = await loaded(door);
    let done: (() => void) | undefined;
    void form.own(() => new Promise<void>(resolve => (done = resolve)));
    // The event of the prediction comes before its answer.
    void form.load();
    await settle();
    expect(door.asked).toHaveLength(1);
    form.answered(plan(4, 'ordered'));
    done?.();
    await settle();
    expect(door.last.verb).toBe('show');
    door.last.answer(plan(4, 'ordered'));
    await settle();
    expect(form.elsewhere).toEqual([]);
  });

  it('tells what differs between two answers, arms by their names', () => {
    const now = plan(4, 'other', { arms: [arm('baseline', '')] });
    expect(differences(plan(4), now)).toEqual([
      { key: 'arms', before: ['baseline', 'lr=0.3'], now: ['baseline'] }
    ]);
  });
});
