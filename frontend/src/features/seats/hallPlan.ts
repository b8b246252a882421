import { planAround } from './hallAround';
import { type Band, bandsOf, type Front, type HallPlan, type HallSection } from './hallBands';
import { planBefore } from './hallBefore';

const manyAround = 8; // sections of a family from which they stand around

/** Where the sections of a hall are: around what all look at where they are many or the event says so, else before it. */
export const planHall = (sections: HallSection[], front: Front): HallPlan => {
  const bands = bandsOf(sections);
  const open = front === 'ring' || front === 'pitch';
  const around = (band: Band) => band.sections.length >= manyAround || (open && band.sections.length > 2);
  const plan = bands.some(around) ? planAround(bands, front, around) : planBefore(bands, front);
  const order = sections.map((s) => s.id);
  return { ...plan, shapes: plan.shapes.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id)) };
};
