'use strict';
// Counts down by the server's clock, and fetches what is marked "live" anew when an incident has changed. Every page works without it.
(() => {
    const now = document.querySelector('[data-now]');
    const ahead = now ? Number(now.dataset.now) - Date.now() : 0;
    const spoken = ms => {
        const s = Math.floor(Math.abs(ms) / 1000), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
        return h ? `${h} h ${m} min` : m >= 10 ? `${m} min` : `${m}:${String(s % 60).padStart(2, '0')} min`;
    };
    const mark = (element, left) => {
        element.classList.toggle('down', left <= 0);
        element.classList.toggle('degraded', left > 0 && left < 300000);
    };
    const count = () => {
        const at = Date.now() + ahead;
        document.querySelectorAll('time[data-due]').forEach(e => {
            const left = Number(e.dataset.due) - at;
            e.textContent = left > 0 ? `${spoken(left)} left` : `overdue by ${spoken(left)}`;
            mark(e, left);
        });
        document.querySelectorAll('svg[data-due]').forEach(e => {
            const from = Number(e.dataset.from), due = Number(e.dataset.due);
            e.querySelector('.gone').setAttribute('width', Math.min(100, Math.max(0, due > from ? 100 * (at - from) / (due - from) : 100)).toFixed(1));
            mark(e, due - at);
        });
    };
    // What somebody is writing, or has marked to copy, is left alone.
    const busy = part => part.contains(document.activeElement) && document.activeElement.matches('input, textarea, select')
        || [...part.querySelectorAll('textarea, input')].some(f => f.value !== f.defaultValue || f.checked !== f.defaultChecked)
        || !getSelection().isCollapsed && part.contains(getSelection().anchorNode);
    // Where a part is replaced, whoever works by keyboard stays where they are, and what is unfolded stays so.
    const handles = part => [...part.querySelectorAll('a[href], button, summary')];
    const replace = (part, other) => {
        const focused = handles(part).indexOf(document.activeElement);
        const open = [...part.querySelectorAll('details')].map(d => d.open);
        part.replaceWith(other);
        if (open.length) other.querySelectorAll('details').forEach((d, i) => { if (i < open.length) d.open = open[i]; });
        if (focused >= 0) handles(other)[focused]?.focus({ preventScroll: true });
    };
    const silent = document.querySelector('#silent');
    const say = quiet => { if (silent) silent.hidden = !quiet; };
    let waiting = false;
    const refresh = async () => {
        waiting = false;
        try {
            const answer = await fetch(location.pathname + location.search, { credentials: 'same-origin', cache: 'no-store' });
            if (!answer.ok) throw new Error(answer.status);
            const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
            document.querySelectorAll('.live').forEach(part => {
                const other = fresh.getElementById(part.id);
                if (other && !busy(part)) replace(part, other);
            });
            document.title = fresh.title;
            say(false);
            count();
        } catch {
            say(true);
        }
    };
    const soon = () => {
        if (!waiting) setTimeout(refresh, 300);
        waiting = true;
    };
    count();
    setInterval(count, 1000);
    setInterval(soon, 60000);
    // A page that was left may be kept for the way back, and a browser has six connections to a server.
    let events;
    const listen = () => {
        events = new EventSource('/api/v1/events');
        events.addEventListener('incident', soon);
        events.onopen = soon;
        events.onerror = () => say(true);
    };
    listen();
    addEventListener('pagehide', () => events.close());
    addEventListener('pageshow', shown => { if (shown.persisted) listen(); });
})();
