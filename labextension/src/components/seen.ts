import { useEffect, useRef, useState } from 'react';

/** Whether it has come into view: what nobody has scrolled to is not asked for. */
export function useSeen(): [React.RefObject<HTMLDivElement>, boolean] {
  const node = useRef<HTMLDivElement>(null);
  const [isSeen, setIsSeen] = useState(false);
  useEffect(() => {
    if (isSeen || node.current === null) {
      return;
    }
    const observer = new IntersectionObserver(
      entries => {
        if (entries.some(entry => entry.isIntersecting)) {
          setIsSeen(true);
        }
      },
      { rootMargin: '200px' }
    );
    observer.observe(node.current);
    return () => observer.disconnect();
  }, [isSeen]);
  return [node, isSeen];
}
