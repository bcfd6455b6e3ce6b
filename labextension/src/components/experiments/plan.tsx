import { useEffect, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { PlanView } from '../../api';
import { type IExperiment, PlanForm, Ranking } from '../../model';
import { Problem } from '../banner';
import { RejectForm } from '../inbox/forms';
import { useLab, useSignals } from '../lab';
import { Arms } from './arms';
import { Asking, useAsking } from './asking';
import { Facts } from './facts';
import { Elsewhere } from './elsewhere';
import { Fields } from './fields';
import { Foretelling } from './foretelling';
import { doorOf, Page } from './page';
import { rankable } from './rankable';
import { RankingList } from './rankinglist';

/** A draft as a form: edit it, rank its arms, accept and run. */
export function PlanPage({ row }: { row: IExperiment }): JSX.Element {
  const { coimprove, trans, commands } = useLab();
  const { events, verbs } = coimprove.api;
  const [form] = useState(
    () => new PlanForm(row.id, () => doorOf(events, row.root, row.path), verbs)
  );
  useSignals(form.changed, coimprove.health.changed);
  useEffect(() => {
    void form.load();
    const look = (): void => {
      // Another program may have written the file while this window was not looked at.
      if (document.visibilityState === 'visible') {
        void form.load();
      }
    };
    const hear = (_: unknown, event: { id: string }): void => {
      if (event.id === row.id) {
        void form.load();
      }
    };
    window.addEventListener('focus', look);
    events.event.connect(hear);
    return () => {
      window.removeEventListener('focus', look);
      events.event.disconnect(hear);
    };
  }, [form, events, row.id]);
  useEffect(() => () => void form.flush(), [form]);

  const { plan } = form;
  const path = row.path;
  const file = plan ? fileOf(plan, row, path) : null;
  return (
    <Page
      row={row}
      title={plan?.question || row.question || row.id}
      state={row.state}
      notebook={row.notebook}
      open={path === null ? undefined : () => void coimprove.reveal(path)}
    >
      {form.problem && <Problem problem={form.problem} retry={() => void form.load()} />}
      {plan === null && !form.problem && (
        <p className="coai-Empty">{trans.__('Reading the plan…')}</p>
      )}
      {plan !== null && (
        <div className="coai-PlanForm">
          <Elsewhere form={form} />
          <Fields form={form} />
          <Arms form={form} />
          <Facts form={form} />
          <Decide form={form} plan={plan} row={row} />
          {plan.warnings.map(warning => (
            <p key={warning} className="coai-Warning">
              {warning}
            </p>
          ))}
          {file !== null && (
            <button
              type="button"
              className="coai-Link coai-OpenFile"
              onClick={() => void commands.execute('docmanager:open', { path: file })}
            >
              {trans.__('Open plan.toml')}
            </button>
          )}
        </div>
      )}
    </Page>
  );
}

/** The ranking of the arms and the decision, which stand on exactly what is shown. */
function Decide({
  form,
  plan,
  row
}: {
  form: PlanForm;
  plan: PlanView;
  row: IExperiment;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const { experiments, inbox } = coimprove.models;
  const { events, verbs } = coimprove.api;
  const asking = useAsking();
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [isRejecting, setIsRejecting] = useState(false);
  // Null while nobody moved anything: an order that nobody made is no prediction.
  const [mine, setMine] = useState<Ranking | null>(null);
  const ranked = rankable(plan);
  const shown = (mine ?? new Ranking(plan.prediction)).over(ranked);
  const isKept = plan.prediction.length > 0 && shown.equals(plan.prediction);
  const isNew = mine !== null && !isKept;
  const door = (): string => doorOf(events, row.root, row.path);
  const canDecide =
    coimprove.health.writable &&
    asking.label === '' &&
    form.elsewhere.length === 0 &&
    !form.hasRefused;

  /** The plan as it stands once all that was typed is in it; null where something was refused. */
  const settled = async (): Promise<PlanView | null> => {
    await form.flush();
    return form.elsewhere.length > 0 || form.hasRefused ? null : form.plan;
  };
  const predict = async (): Promise<boolean> => {
    const now = await settled();
    if (now === null) {
      return false;
    }
    const args = {
      experiment: row.id,
      ranking: shown.over(rankable(now)).text,
      digest: now.digest
    };
    return form.own(async () => {
      const view = await asking.ask('predict', args, door(), trans.__('Keeping the prediction'));
      if (view !== null) {
        form.answered(view);
        setMine(null);
      }
      return view !== null;
    });
  };
  const accept = async (run: boolean): Promise<void> => {
    if (isNew && !(await predict())) {
      return;
    }
    const now = await settled();
    if (now === null) {
      return;
    }
    const args = { id: row.id, digest: now.digest, ...(run ? { run } : {}) };
    const label = run ? trans.__('Starting') : trans.__('Registering');
    if ((await asking.ask('accept', args, door(), label)) === null) {
      void form.load();
    }
    await experiments.refresh(row.root);
  };
  const other = async (verb: 'reject' | 'defer', reason?: string): Promise<void> => {
    const waiting = inbox.rows.find(one => one.id === row.id);
    try {
      if (waiting !== undefined) {
        await inbox.decide(verb, waiting, reason ? { reason } : {});
      } else {
        await verbs.call(verb, { id: row.id, ...(reason ? { reason } : {}) }, door());
      }
      await experiments.refresh(row.root);
      setProblem(null);
      if (verb === 'reject') {
        experiments.select(null);
      }
    } catch (error) {
      setProblem(asApiError(error));
    }
  };

  return (
    <>
      <fieldset className="coai-Group">
        <legend>{trans.__('Your prediction: best first')}</legend>
        <RankingList
          ranking={shown}
          change={setMine}
          label={trans.__('Arms, best first')}
          isOff={!canDecide}
        />
        <div className="coai-Actions">
          <button
            type="button"
            className="coai-Button"
            disabled={!canDecide || isKept}
            onClick={() => void predict()}
          >
            {isKept ? trans.__('✓ Kept as your prediction') : trans.__('Keep as my prediction')}
          </button>
        </div>
        {isNew && (
          <p className="coai-Hint" role="status">
            {trans.__('Accepting keeps this order as your prediction, too.')}
          </p>
        )}
        <Foretelling
          plan={plan}
          path={row.path}
          door={door}
          asking={asking}
          answered={view => form.answered(view)}
        />
      </fieldset>
      <Asking asking={asking} />
      {problem && <Problem problem={problem} />}
      {isRejecting ? (
        <RejectForm
          count={1}
          reasons={inbox.reasons}
          submit={reason => void other('reject', reason)}
          cancel={() => setIsRejecting(false)}
        />
      ) : (
        <div className="coai-Foot">
          <button
            type="button"
            className="coai-Button coai-mod-primary"
            disabled={!canDecide}
            onClick={() => void accept(true)}
          >
            {trans.__('Accept and run')}
          </button>
          <button
            type="button"
            className="coai-Button"
            disabled={!canDecide}
            onClick={() => void accept(false)}
          >
            {trans.__('Accept')}
          </button>
          <button
            type="button"
            className="coai-Button"
            disabled={!coimprove.health.writable}
            onClick={() => setIsRejecting(true)}
          >
            {trans.__('Reject…')}
          </button>
          <button
            type="button"
            className="coai-Button"
            disabled={!coimprove.health.writable || row.state === 'deferred'}
            onClick={() => void other('defer')}
          >
            {trans.__('Defer')}
          </button>
        </div>
      )}
    </>
  );
}

/** Where Lab opens the plan's file; null where it lies outside of what Lab shows. */
function fileOf(plan: PlanView, row: IExperiment, path: string | null): string | null {
  const inRoot = plan.plan_file.startsWith(`${row.root}/`)
    ? plan.plan_file.slice(row.root.length + 1)
    : null;
  return inRoot !== null && path !== null && path.endsWith(row.notebook)
    ? path.slice(0, path.length - row.notebook.length) + inRoot
    : null;
}
