import { useState } from 'react';

import { asApiError, type IAnswers } from '../../api';
import { useLab, useSignals } from '../lab';
import { visible } from '../markdown';

/** Who answers questions, to choose from what this server has; what one lacks stands at its name. */
export function ProviderChoice({
  answers,
  path
}: {
  answers: IAnswers;
  path: string;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const { ai } = coimprove;
  useSignals(ai.changed, ai.providerChanged);
  const nameOf = (provider: string, model: string): string =>
    model ? `${provider}, ${visible(model)}` : trans.__('%1 (no model)', provider);
  const chosen = answers.offers.find(offer => offer.provider === ai.provider);
  const lacks = [...new Set(answers.offers.map(offer => offer.missing).filter(Boolean))];
  // One reason for all of them, as that who runs the server has turned AI off, is no matter of choice.
  const common = lacks.length === 1 && answers.offers.every(one => !one.model) ? lacks[0] : '';
  const kept = !ai.on && answers.ai === 'force-on';
  const on = ai.on || kept;
  const note = !ai.on
    ? kept
      ? trans.__('AI is off in your settings, and kept on by who runs this server.')
      : trans.__('AI is off in the settings of Coimprove.')
    : chosen?.missing
      ? [chosen.missing, chosen.remedy].filter(Boolean).join(': ')
      : common;
  return (
    <>
      <label className="coai-Chat-provider">
        {trans.__('Provider')}
        <select
          className="coai-Input"
          disabled={!on}
          value={on ? (chosen?.provider ?? '') : 'builtin'}
          title={visible(answers.why)}
          onChange={event => ai.choose(event.target.value)}
        >
          <option value="">
            {trans.__('as settled: %1', nameOf(answers.provider, answers.model))}
          </option>
          {answers.offers.map(({ provider, model, missing }) => (
            <option key={provider} value={provider} disabled={missing !== ''}>
              {missing ? `${provider}: ${visible(missing)}` : nameOf(provider, model)}
            </option>
          ))}
        </select>
      </label>
      {on && coimprove.models.conversations.answering(path)?.provider === 'anthropic' && (
        <ModelChoice answers={answers} path={path} />
      )}
      {note && <span className="coai-Muted">{visible(note)}</span>}
    </>
  );
}

/** Which of its models: the service is asked for them when somebody looks, and not before. */
function ModelChoice({ answers, path }: { answers: IAnswers; path: string }): JSX.Element {
  const { coimprove, trans } = useLab();
  const { ai, api } = coimprove;
  const [models, setModels] = useState<readonly string[] | null>(null);
  const [problem, setProblem] = useState('');
  const settled = answers.offers.find(offer => offer.provider === 'anthropic')?.model ?? '';
  const look = async (): Promise<void> => {
    if (models === null) {
      setModels([]);
      try {
        const { checks } = await api.verbs.call('models', { provider: 'anthropic' }, path);
        const providers = answers.offers.map(offer => offer.provider);
        setModels(checks.map(row => row.name).filter(name => !providers.includes(name)));
        setProblem('');
      } catch (error) {
        const { message, remedy } = asApiError(error);
        setProblem([message, remedy].filter(Boolean).join(': '));
        setModels(null);
      }
    }
  };
  const names = [...new Set([...(ai.model ? [ai.model] : []), ...(models ?? [])])];
  return (
    <>
      <label className="coai-Chat-provider">
        {trans.__('Model')}
        <select
          className="coai-Input"
          value={ai.model}
          onFocus={() => void look()}
          onChange={event => ai.choose(ai.provider, event.target.value)}
        >
          <option value="">{trans.__('as settled: %1', visible(settled))}</option>
          {names.map(name => (
            <option key={name} value={name}>
              {visible(name)}
            </option>
          ))}
        </select>
      </label>
      {problem && <span className="coai-Muted">{visible(problem)}</span>}
    </>
  );
}
