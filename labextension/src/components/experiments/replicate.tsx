import { useLab } from '../lab';
import { Asking, useAsking } from './asking';

/** The same comparison once more on fresh blocks: a new plan, whose results stand by themselves. */
export function Replicate({ finding, door }: { finding: string; door: () => string }): JSX.Element {
  const { coimprove, panel, trans } = useLab();
  const { experiments } = coimprove.models;
  const asking = useAsking();
  const replicate = async (): Promise<void> => {
    const plan = await asking.ask('replicate', { finding }, door(), trans.__('Planning'));
    if (plan !== null) {
      await experiments.refresh();
      experiments.select(plan.id);
      panel.open('experiments');
    }
  };
  return (
    <>
      <div className="coai-Actions">
        <button
          type="button"
          className="coai-Button"
          disabled={asking.label !== '' || !coimprove.health.writable}
          title={trans.__('A plan of the same comparison on blocks that were not drawn yet')}
          onClick={() => void replicate()}
        >
          {trans.__('Replicate…')}
        </button>
      </div>
      <Asking asking={asking} />
    </>
  );
}
