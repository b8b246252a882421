import { describe, expect, test } from 'vitest';
import { anEvent } from '../../test/factories';
import { isPicture, wrongIn } from './check';
import { changed, draftOf, type EventDraft, emptyEvent, newEventOf, onto, patchOf, type TypeDraft } from './draft';

const about = {
  timeZone: 'Europe/Lisbon',
  sections: [{ id: 'sec_stalls' }, { id: 'sec_floor' }],
  now: Date.parse('2031-05-01T12:00:00Z'),
};

const good = (over: Partial<EventDraft> = {}): EventDraft => ({
  ...emptyEvent(),
  name: 'Fado',
  category: 'concert',
  locationId: 'loc_1',
  hallId: 'hal_1',
  startsAt: '2031-06-01T21:00',
  endsAt: '2031-06-01T23:30',
  ...over,
});

const type = (over: Partial<TypeDraft> = {}): TypeDraft => ({
  key: 't',
  name: 'Seat',
  price: '45.00',
  sectionIds: ['sec_stalls'],
  perPerson: '',
  salesFrom: '',
  salesUntil: '',
  ...over,
});

const wrong = (draft: EventDraft) => Object.fromEntries([...wrongIn(draft, about)].map(([at, { text }]) => [at, text]));

describe('what is wrong with an event', () => {
  test('nothing', () => {
    expect(wrong(good({ ticketTypes: [type()] }))).toEqual({});
  });

  test('of an empty one, everything that it needs', () => {
    expect(wrong(emptyEvent())).toEqual({
      'body.name': 'empty',
      'body.category': 'empty',
      'body.locationId': 'empty',
      'body.startsAt': 'empty',
    });
  });

  test.each<[string, Partial<EventDraft>, Record<string, string>]>([
    ['a long name', { name: 'x'.repeat(201) }, { 'body.name': 'long' }],
    ['200 letters outside the first plane are not long', { name: '🎪'.repeat(200) }, {}],
    ['a long description', { description: 'x'.repeat(10_001) }, { 'body.description': 'long' }],
    ['too many performers', { performers: 'x\n'.repeat(51) }, { 'body.performers': 'performers' }],
    ['empty lines are no performers', { performers: '\n'.repeat(60) }, {}],
    ['a long performer', { performers: 'x'.repeat(201) }, { 'body.performers': 'performer' }],
    ['a picture by http', { imageUrl: 'http://example.org/a.png' }, { 'body.imageUrl': 'image' }],
    ['no hall', { hallId: '' }, { 'body.hallId': 'noHall' }],
    ['begun', { startsAt: '2031-04-01T21:00', endsAt: '' }, { 'body.startsAt': 'past' }],
    ['no time', { startsAt: '2031-13-01T21:00' }, { 'body.startsAt': 'noTime' }],
    ['an hour that the clocks skip', { startsAt: '2032-03-28T01:30', endsAt: '' }, { 'body.startsAt': 'skipped' }],
    ['over before it begins', { endsAt: '2031-06-01T21:00' }, { 'body.endsAt': 'endBeforeStart' }],
    ['longer than a year', { endsAt: '2032-07-01T21:00' }, { 'body.endsAt': 'tooLong' }],
    ['doors behind the start', { doorsAt: '2031-06-01T21:01' }, { 'body.doorsAt': 'doorsLate' }],
    [
      'a sale that ends before it begins',
      { onSaleFrom: '2031-05-10T10:00', onSaleUntil: '2031-05-10T10:00' },
      { 'body.onSaleUntil': 'saleWindow' },
    ],
    ['a sale behind the end', { onSaleFrom: '2031-06-01T23:30' }, { 'body.onSaleFrom': 'saleAfterEnd' }],
    ['cancelling behind the end', { cancelUntil: '2031-06-01T23:31' }, { 'body.cancellation.until': 'cancelAfterEnd' }],
    [
      'without an end, three hours count',
      { endsAt: '', cancelUntil: '2031-06-02T00:01' },
      { 'body.cancellation.until': 'cancelAfterEnd' },
    ],
    ['half a person', { perPerson: '1.5' }, { 'body.perPerson': 'range' }],
    ['no limit', { perPerson: '0' }, {}],
    ['too many each', { perPerson: '1001' }, { 'body.perPerson': 'range' }],
  ])('%s', (_, over, want) => {
    expect(wrong(good(over))).toEqual(want);
  });

  test.each<[string, Partial<TypeDraft>, Record<string, string>]>([
    ['no name', { name: ' ' }, { 'body.ticketTypes[0].name': 'empty' }],
    ['no price', { price: '' }, { 'body.ticketTypes[0].price.amount': 'empty' }],
    ['free', { price: '0' }, {}],
    ['three digits of a cent', { price: '1.234' }, { 'body.ticketTypes[0].price.amount': 'price' }],
    ['a comma', { price: '12,5' }, {}],
    ['no section', { sectionIds: [] }, { 'body.ticketTypes[0].sectionIds': 'noSections' }],
    ['a section that is gone', { sectionIds: ['sec_x'] }, { 'body.ticketTypes[0].sectionIds': 'sectionGone' }],
    ['none each', { perPerson: '0' }, { 'body.ticketTypes[0].perPerson': 'range' }],
    [
      'its sale ends first',
      { salesFrom: '2031-05-10T10:00', salesUntil: '2031-05-09T10:00' },
      { 'body.ticketTypes[0].salesUntil': 'saleWindow' },
    ],
  ])('in a ticket type: %s', (_, over, want) => {
    expect(wrong(good({ ticketTypes: [type(over)] }))).toEqual(want);
  });

  test('one that has begun may be edited, and a published one keeps its ticket types and what its hall has lost', () => {
    const base = anEvent({ startsAt: '2031-04-01T20:00:00Z', endsAt: '2031-07-01T20:00:00Z', doorsAt: undefined });
    const draft = draftOf(base);
    const edited = (d: EventDraft, sections = about.sections) => Object.fromEntries(wrongIn(d, { ...about, sections, base }));
    expect(edited(draft)).toEqual({});
    expect(edited(draft, [])).toEqual({});
    expect(edited({ ...draft, ticketTypes: [] })).toEqual({ 'body.ticketTypes': { text: 'needsTypes' } });
  });

  test.each([
    ['', true],
    ['https://example.org/a.png', true],
    ['/art/lions.svg', true],
    ['//example.org/a.png', false],
    ['https://me:secret@example.org/a.png', false],
    ['javascript:alert(1)', false],
    ['https://', false],
    ['https://example.org/<b>', false],
  ])('a picture: %s', (text, want) => {
    expect(isPicture(text)).toBe(want);
  });
});

describe('a draft', () => {
  test('says nothing of what was not given', () => {
    expect(
      newEventOf(
        good({ performers: ' Ana \n\nRui', perPerson: '4', ticketTypes: [type({ price: '12,5', perPerson: '2' })] }),
        'Europe/Lisbon',
      ),
    ).toEqual({
      name: 'Fado',
      category: 'concert',
      performers: ['Ana', 'Rui'],
      locationId: 'loc_1',
      hallId: 'hal_1',
      startsAt: '2031-06-01T20:00:00.000Z',
      endsAt: '2031-06-01T22:30:00.000Z',
      perPerson: 4,
      ticketTypes: [{ name: 'Seat', price: { amount: 1250, currency: 'EUR' }, sectionIds: ['sec_stalls'], perPerson: 2 }],
    });
  });

  test('of an event that nobody touched changes nothing, to the second', () => {
    const event = anEvent({ startsAt: '2031-06-01T20:00:07Z', onSaleFrom: '2031-03-01T09:00:59Z' });
    expect(patchOf(event, draftOf(event), event.timeZone)).toEqual({});
  });

  test('changes what was changed and nothing else; null takes away', () => {
    const event = anEvent();
    const draft = changed(changed(draftOf(event), { do: 'set', field: 'name', value: 'Fado II' }), {
      do: 'set',
      field: 'doorsAt',
      value: '',
    });
    expect(patchOf(event, draft, event.timeZone)).toEqual({ name: 'Fado II', doorsAt: null });
  });

  test('another hall keeps sections by their names', () => {
    const from = [
      { id: 'a1', name: 'Stalls' },
      { id: 'a2', name: 'Floor' },
    ];
    const to = [
      { id: 'b1', name: 'Floor' },
      { id: 'b2', name: 'Boxes' },
    ];
    const draft = changed(good({ ticketTypes: [type({ sectionIds: ['a1', 'a2'] })] }), {
      do: 'hall',
      locationId: 'l',
      hallId: 'b',
      from,
      to,
    });
    expect(draft.ticketTypes[0]?.sectionIds).toEqual(['b1']);
  });

  test('a new ticket type takes the sections that none has yet; types move and go', () => {
    const sections = [
      { id: 'sec_stalls', name: 'Stalls' },
      { id: 'sec_floor', name: 'Floor' },
    ];
    let draft = changed(good({ ticketTypes: [type({ key: 'a' })] }), { do: 'addType', sections });
    const added = draft.ticketTypes[1];
    expect(added?.sectionIds).toEqual(['sec_floor']);
    draft = changed(draft, { do: 'moveType', key: added?.key ?? '', by: -1 });
    expect(draft.ticketTypes.map((t) => t.key)).toEqual([added?.key, 'a']);
    draft = changed(draft, { do: 'section', key: 'a', sectionId: 'sec_stalls', sold: false });
    expect(draft.ticketTypes[1]?.sectionIds).toEqual([]);
    draft = changed(draft, { do: 'removeType', key: 'a' });
    expect(draft.ticketTypes.map((t) => t.key)).toEqual([added?.key]);
  });

  test('on top of what somebody else changed, ticket types that are gone there are new', () => {
    const kept = { id: 'tt_seat', name: 'Seat', price: { amount: 1, currency: 'EUR' }, sectionIds: ['s'] };
    const patch = onto(anEvent({ ticketTypes: [kept] }), { ticketTypes: [kept, { ...kept, id: 'tt_gone' }] });
    expect(patch.ticketTypes?.map((t) => t.id)).toEqual(['tt_seat', undefined]);
  });
});
