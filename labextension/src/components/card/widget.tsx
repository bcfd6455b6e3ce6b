import { ReactWidget } from '@jupyterlab/ui-components';
import { useLayoutEffect, useRef, useState } from 'react';

import type { IBadMark, IHeldUp, IMark } from '../../model';
import { type ILab, LabProvider } from '../lab';
import { useSeen } from '../seen';
import { Card, type Place } from './card';
import type { CardControl } from './control';
import { HeldUp } from './heldup';
import { Mark } from './mark';
import { CardProvider, type ICardSurroundings, useCards } from './surroundings';

/** So many cards of one cell are drawn; the next ones come when they are asked for. */
const PAGE = 20;

/** What is shown below one cell. */
export interface ICellShows {
  readonly path: string;
  readonly cards: readonly { readonly control: CardControl; readonly place: Place }[];
  readonly heldUp: readonly IHeldUp[];
  /** What was last known of those that are held up, by their subject. */
  readonly titles: ReadonlyMap<string, string>;
  readonly mark: IMark | IBadMark | null;
}

/** Cards and mark below one cell; it lives in the cell's layout. */
export class CellWidget extends ReactWidget {
  constructor(
    private readonly lab: ILab,
    private readonly surroundings: ICardSurroundings,
    private _shows: ICellShows
  ) {
    super();
    this.addClass('coai-CellCards');
    // Keys that are typed in a card are the card's: Lab would insert cells, and enter a cell at Enter on a button.
    // Lab looks at what has the focus before it looks at what that is in.
    this.node.addEventListener('focusin', event => {
      (event.target as HTMLElement).dataset['lmSuppressShortcuts'] = 'true';
    });
  }

  get shows(): ICellShows {
    return this._shows;
  }

  set shows(shows: ICellShows) {
    this._shows = shows;
    this.update();
  }

  override dispose(): void {
    if (this.node.contains(document.activeElement)) {
      // The focus goes back to the notebook, not to the top of the page.
      this.surroundings.leave();
    }
    super.dispose();
  }

  protected render(): JSX.Element {
    return (
      <LabProvider value={this.lab}>
        <CardProvider value={this.surroundings}>
          <Cards shows={this._shows} />
        </CardProvider>
      </LabProvider>
    );
  }
}

function Cards({ shows }: { shows: ICellShows }): JSX.Element {
  const { trans, leave } = useCards();
  const [shown, setShown] = useState(PAGE);
  const [node, isSeen] = useSeen();
  const hadFocus = useRef(false);
  useLayoutEffect(() => {
    // A card that is decided takes the focus with it: it goes back to the notebook.
    if (hadFocus.current && document.activeElement === document.body) {
      hadFocus.current = false;
      leave();
    }
  }, [shows, leave]);
  const { cards, heldUp, titles, mark, path } = shows;
  return (
    <div
      ref={node}
      className="coai-CellCards-inside"
      onFocus={() => (hadFocus.current = true)}
      onBlur={event => (hadFocus.current = event.relatedTarget === null)}
    >
      {mark && <Mark mark={mark} path={path} />}
      {heldUp.map(held => (
        <HeldUp key={held.subject} held={held} title={titles.get(held.subject) ?? ''} />
      ))}
      {cards.slice(0, shown).map(({ control, place }) => (
        <Card key={control.row.id} control={control} place={place} isSeen={isSeen} />
      ))}
      {cards.length > shown && (
        <button type="button" className="coai-Button" onClick={() => setShown(shown + PAGE)}>
          {trans.__('Show %1 more', Math.min(PAGE, cards.length - shown))}
        </button>
      )}
    </div>
  );
}
