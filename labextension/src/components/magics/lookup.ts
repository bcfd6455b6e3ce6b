import { useEffect, useState } from 'react';

import { type Answers, type ApiError, asApiError } from '../../api';
import { doors } from '../../model';
import { useLab, useSignals } from '../lab';

/** What the records in which notebooks are open know of an id. */
export type Found =
  | { readonly is: 'reading' }
  | { readonly is: 'foreign' }
  | { readonly is: 'known'; readonly door: string; readonly shown: Answers['show'] }
  | { readonly is: 'unread'; readonly problem: ApiError };

const READING: Found = { is: 'reading' };

/** Look an id up, through each of them in turn; null asks nothing. */
export function useLookup(id: string | null): Found {
  const { coimprove } = useLab();
  const { events, verbs } = coimprove.api;
  useSignals(events.placesChanged);
  const through = [...doors(events.places.values()).values()].join('\n');
  const [found, setFound] = useState<Found>(READING);
  useEffect(() => {
    if (id === null || through === '') {
      return;
    }
    let isCurrent = true;
    const look = async (): Promise<Found> => {
      let result: Found = { is: 'foreign' };
      for (const door of through.split('\n')) {
        try {
          return { is: 'known', door, shown: await verbs.call('show', { id }, door) };
        } catch (error) {
          const problem = asApiError(error);
          if (problem.code !== 'unknown_name') {
            result = { is: 'unread', problem };
          }
        }
      }
      return result;
    };
    void look().then(result => isCurrent && setFound(result));
    return () => {
      isCurrent = false;
    };
  }, [verbs, id, through]);
  return found;
}
