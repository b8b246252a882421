import 'leaflet/dist/leaflet.css';
import L from 'leaflet';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './EventMap.module.css';

interface Props {
  latitude: number;
  longitude: number;
  name: string;
}

const zoom = 15;

/** A map of OpenStreetMap around a place. It is only made once somebody asked, since its tiles come from elsewhere. */
export const EventMap = ({ latitude, longitude, name }: Props) => {
  const { t, i18n } = useTranslation('event');
  const ref = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!ref.current) return;
    const at: L.LatLngTuple = [latitude, longitude];
    const map = L.map(ref.current, { zoomControl: false, attributionControl: true, scrollWheelZoom: false }).setView(at, zoom);
    map.attributionControl.setPrefix(false);
    L.control.zoom({ zoomInTitle: t('map.zoomIn'), zoomOutTitle: t('map.zoomOut') }).addTo(map);
    // The project's tile servers answer only to who says where from.
    const tiles = L.tileLayer('https://tile.openstreetmap.org/{z}/{x}/{y}.png', {
      maxZoom: 19,
      attribution: t('map.contributors'),
      referrerPolicy: 'origin',
    });
    tiles.on('tileerror', () => setFailed(true));
    tiles.on('tileload', () => setFailed(false));
    tiles.addTo(map);
    L.circleMarker(at, { radius: 11, weight: 4, color: '#fff', fillColor: '#a61e4d', fillOpacity: 1 }).addTo(map);
    return () => {
      map.remove();
    };
  }, [latitude, longitude, t]);
  return (
    <div className={classes.frame} dir={i18n.dir()}>
      <section ref={ref} className={classes.map} aria-label={t('map.label', { place: name })} dir="ltr" />
      {failed && (
        <p className={classes.failed} role="status">
          {t('map.failed')}
        </p>
      )}
      <a
        href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=${zoom}/${latitude}/${longitude}`}
        target="_blank"
        rel="noreferrer"
      >
        {t('map.open')}
      </a>
    </div>
  );
};
