import type { Json } from '../../api';
import type { IDifference, PlanForm } from '../../model';
import { useLab } from '../lab';
import { fieldLabel } from './fields';

/** What another hand wrote into plan.toml since it was shown here: nothing of it is overwritten unseen. */
export function Elsewhere({ form }: { form: PlanForm }): JSX.Element | null {
  const { trans } = useLab();
  if (form.elsewhere.length === 0) {
    return null;
  }
  const isHeld = form.held.length > 0;
  return (
    <div className="coai-Problem coai-mod-elsewhere" role="alert">
      <p>
        <strong>{trans.__('plan.toml was changed elsewhere.')}</strong>{' '}
        {isHeld
          ? trans.__('Your change was not sent. The file says now:')
          : trans.__('It is shown as it says now:')}
      </p>
      <ul>
        {form.elsewhere.map(difference => (
          <li key={difference.key}>
            {fieldLabel(difference, trans)}: {change(difference)}
          </li>
        ))}
      </ul>
      <div className="coai-Actions">
        {isHeld && (
          <button
            type="button"
            className="coai-Button coai-mod-primary"
            onClick={() => form.acknowledge(true)}
          >
            {trans.__('Change it on top')}
          </button>
        )}
        <button type="button" className="coai-Button" onClick={() => form.acknowledge(false)}>
          {isHeld ? trans.__('Leave it as the file says') : trans.__('Seen')}
        </button>
      </div>
    </div>
  );
}

function change({ before, now }: IDifference): string {
  return before === null && now === null ? '' : `${said(before)} → ${said(now)}`;
}

function said(value: Json): string {
  return value === null ? '–' : Array.isArray(value) ? value.map(String).join(', ') : String(value);
}
