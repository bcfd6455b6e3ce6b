import { nullTranslator } from '@jupyterlab/translation';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { type ILab, LabProvider } from '../src/components/lab';
import { Part } from '../src/components/part';

const lab = { trans: nullTranslator.load('jupyter_coimprove') } as unknown as ILab;

describe('a part of the panel that breaks', () => {
  let quiet: jest.SpyInstance;
  beforeEach(() => {
    // React tells the console of every error that it catches.
    quiet = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  });
  afterEach(() => quiet.mockRestore());

  it('leaves the others, says so, and is tried again', async () => {
    let broken = true;
    const Fragile = (): JSX.Element => {
      if (broken) {
        throw new Error('no plot');
      }
      return <p>whole again</p>;
    };
    render(
      <LabProvider value={lab}>
        <p>beside</p>
        <Part>
          <Fragile />
        </Part>
      </LabProvider>
    );
    expect(screen.getByText('beside')).toBeTruthy();
    expect(screen.getByRole('alert').textContent).toContain('no plot');
    broken = false;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(screen.getByText('whole again')).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
  });
});
