/* The inner loops of one decision, compiled: leaf masks, and the features of one situation.
 *
 * Every function does what the NumPy code beside it does, bit for bit: whole numbers, comparisons, one
 * division, one cast, and sums in LightGBM's order. It is optional: without a compiler the NumPy code runs.
 * Arrays come in as contiguous buffers; sizes and indices are checked here, types by their item size.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define MOST_BUFFERS 32
#define BLOCK 8
#define MS_A_DAY 86400000.0
#define NAN_KEY 0x7F800001LL
#define SLOT_BITS 33
enum { TOUCHPOINT = 0, CONTACT = 1, OUTCOME = 2, KINDS = 3 };

typedef struct {
    Py_buffer view[MOST_BUFFERS];
    int used, failed;
} Buffers;

static void *buffer(Buffers *all, PyObject *object, Py_ssize_t item, Py_ssize_t *count, int writable) {
    if (all->failed) return NULL;
    Py_buffer *view = &all->view[all->used];
    if (PyObject_GetBuffer(object, view, writable ? PyBUF_WRITABLE : PyBUF_SIMPLE) < 0) {
        all->failed = 1;
        return NULL;
    }
    all->used++;
    if (view->len % item) {
        PyErr_SetString(PyExc_ValueError, "an array has another item size than expected");
        all->failed = 1;
        return NULL;
    }
    if (count) *count = view->len / item;
    return view->buf;
}

static void release(Buffers *all) {
    while (all->used) PyBuffer_Release(&all->view[--all->used]);
}

static PyObject *finish(Buffers *all, const char *problem) {
    release(all);
    if (all->failed) return NULL;
    if (problem) {
        PyErr_SetString(PyExc_ValueError, problem);
        return NULL;
    }
    Py_RETURN_NONE;
}

static int arguments(Py_ssize_t got, Py_ssize_t expected) {
    if (got == expected) return 1;
    PyErr_Format(PyExc_TypeError, "expected %zd arguments, got %zd", expected, got);
    return 0;
}

/* ---- leaf masks ---- */

#define FOR_EVERY_MASK_SIZE(DO) DO(uint8_t, 8) DO(uint16_t, 16) DO(uint32_t, 32) DO(uint64_t, 64)

#define NODES(T, BITS)                                                                                       \
    static void nodes_##BITS(const float *x, const int32_t *column, const float *threshold, const T *keep,   \
                             Py_ssize_t width, Py_ssize_t trees, T *out) {                                   \
        memset(out, 0xFF, trees * sizeof(T));                                                                \
        for (Py_ssize_t w = 0; w < width; w++, column += trees, threshold += trees, keep += trees)           \
            for (Py_ssize_t t = 0; t < trees; t++)                                                           \
                out[t] &= (T)(keep[t] | (T)(-(T)(x[column[t]] <= threshold[t])));                            \
    }                                                                                                        \
    static void both_##BITS(T *out, const T *other, Py_ssize_t trees) {                                      \
        for (Py_ssize_t t = 0; t < trees; t++) out[t] &= other[t];                                           \
    }                                                                                                        \
    static void leaves_##BITS(const T *one, const T *other, const double *value, Py_ssize_t trees,           \
                              Py_ssize_t leaves, Py_ssize_t classes, double *out) {                          \
        for (Py_ssize_t c = 0; c < classes; c++) out[c] = 0.0;                                               \
        for (Py_ssize_t t = 0, c = 0; t < trees; t++, value += leaves) {                                     \
            uint64_t mask = (uint64_t)((one ? one[t] : (T)-1) & (other ? other[t] : (T)-1));                 \
            Py_ssize_t leaf = mask ? (Py_ssize_t)__builtin_ctzll(mask) : 0;                                  \
            out[c] += value[leaf < leaves ? leaf : 0];                                                       \
            if (++c == classes) c = 0;                                                                       \
        }                                                                                                    \
    }                                                                                                        \
    /* BLOCK rows of one class at a time: each sum is in the same order, but they do not wait for each other */ \
    static void block_##BITS(const T *own, const T *shared, const int64_t *row, const double *value,         \
                             Py_ssize_t trees, Py_ssize_t leaves, double *out) {                             \
        double sum[BLOCK] = {0.0};                                                                           \
        const T *other[BLOCK];                                                                               \
        for (int i = 0; i < BLOCK; i++) other[i] = shared + row[i] * trees;                                  \
        for (Py_ssize_t t = 0; t < trees; t++, value += leaves)                                              \
            for (int i = 0; i < BLOCK; i++) {                                                                \
                uint64_t mask = (uint64_t)(own[i * trees + t] & other[i][t]);                                \
                Py_ssize_t leaf = mask ? (Py_ssize_t)__builtin_ctzll(mask) : 0;                              \
                sum[i] += value[leaf < leaves ? leaf : 0];                                                   \
            }                                                                                                \
        memcpy(out, sum, sizeof(sum));                                                                       \
    }
FOR_EVERY_MASK_SIZE(NODES)

/* node_masks(x, width, features, fill, column, threshold, keep, groups, position, item, trees, out) */
static PyObject *node_masks(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 12)) return NULL;
    Py_ssize_t width = PyLong_AsSsize_t(args[1]), item = PyLong_AsSsize_t(args[9]);
    Py_ssize_t trees = PyLong_AsSsize_t(args[10]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t cells, columns, filled, indexed, limits, kept, groups, placed = 0, made;
    const float *x = buffer(&all, args[0], 4, &cells, 0);
    const int64_t *features = buffer(&all, args[2], 8, &columns, 0);
    const float *fill = buffer(&all, args[3], 4, &filled, 0);
    const int32_t *column = buffer(&all, args[4], 4, &indexed, 0);
    const float *threshold = buffer(&all, args[5], 4, &limits, 0);
    const char *keep = buffer(&all, args[6], item, &kept, 0);
    const int64_t *group = buffer(&all, args[7], 8, &groups, 0);
    const int64_t *position = args[8] == Py_None ? NULL : buffer(&all, args[8], 8, &placed, 0);
    char *out = buffer(&all, args[11], item, &made, 1);
    if (all.failed) return finish(&all, NULL);
    Py_ssize_t rows = width > 0 ? cells / width : 0;
    if (width <= 0 || cells != rows * width || made != rows * trees || filled != columns || indexed != limits ||
        indexed != kept || groups % 3 || (position && placed != trees))
        return finish(&all, "sizes of node masks do not fit");
    for (Py_ssize_t c = 0; c < columns; c++)
        if (features[c] < 0 || features[c] >= width) return finish(&all, "a feature is out of range");
    float *own = PyMem_Malloc(columns * sizeof(float) + trees * item);
    if (!own) return release(&all), PyErr_NoMemory();
    char *laid = (char *)(own + columns);
    for (Py_ssize_t r = 0; r < rows; r++, x += width, out += trees * item) {
        for (Py_ssize_t c = 0; c < columns; c++) own[c] = isnan(x[features[c]]) ? fill[c] : x[features[c]];
        char *to = position ? laid : out;
        for (const int64_t *g = group; g < group + groups; g += 3) {
            Py_ssize_t first = g[0], in = (g[1] - g[0]) / g[2];
            switch (item) {
#define CALL(T, BITS)                                                                                        \
    case sizeof(T):                                                                                          \
        nodes_##BITS(own, column + first, threshold + first, (const T *)keep + first, g[2], in, (T *)to);    \
        break;
                FOR_EVERY_MASK_SIZE(CALL)
#undef CALL
            }
            to += in * item;
        }
        for (Py_ssize_t t = 0; position && t < trees; t++) memcpy(out + t * item, laid + position[t] * item, item);
    }
    PyMem_Free(own);
    return finish(&all, NULL);
}

/* interval_masks(x, width, features, keys, table, item, trees, out, fresh): ands into out, unless fresh */
static PyObject *interval_masks(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 9)) return NULL;
    Py_ssize_t width = PyLong_AsSsize_t(args[1]), item = PyLong_AsSsize_t(args[5]);
    Py_ssize_t trees = PyLong_AsSsize_t(args[6]);
    int fresh = PyObject_IsTrue(args[8]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t cells, slots, n_keys, entries, made;
    const float *x = buffer(&all, args[0], 4, &cells, 0);
    const int64_t *features = buffer(&all, args[2], 8, &slots, 0);
    const int64_t *keys = buffer(&all, args[3], 8, &n_keys, 0);
    const char *table = buffer(&all, args[4], item, &entries, 0);
    char *out = buffer(&all, args[7], item, &made, 1);
    if (all.failed) return finish(&all, NULL);
    Py_ssize_t rows = width > 0 ? cells / width : 0;
    if (width <= 0 || cells != rows * width || made != rows * trees || entries != (n_keys + slots) * trees)
        return finish(&all, "sizes of interval masks do not fit");
    for (Py_ssize_t s = 0; s < slots; s++)
        if (features[s] < 0 || features[s] >= width) return finish(&all, "a feature is out of range");
    for (Py_ssize_t r = 0; r < rows; r++, x += width, out += trees * item)
        for (Py_ssize_t s = 0; s < slots; s++) {
            float value = x[features[s]];
            int64_t key = NAN_KEY;
            if (!isnan(value)) {
                int32_t bits;
                memcpy(&bits, &value, 4);
                key = bits ^ ((bits >> 31) & 0x7FFFFFFF);
            }
            key += (int64_t)s << SLOT_BITS;
            Py_ssize_t low = 0, high = n_keys;
            while (low < high) {
                Py_ssize_t middle = (low + high) / 2;
                if (keys[middle] < key) low = middle + 1;
                else high = middle;
            }
            const char *row = table + (low + s) * trees * item;
            if (fresh && s == 0) {
                memcpy(out, row, trees * item);
                continue;
            }
            switch (item) {
#define CALL(T, BITS)                                                                                        \
    case sizeof(T):                                                                                          \
        both_##BITS((T *)out, (const T *)row, trees);                                                        \
        break;
                FOR_EVERY_MASK_SIZE(CALL)
#undef CALL
            }
        }
    return finish(&all, NULL);
}

/* leaf_sums(own, shared, row, values, leaves, classes, item, trees, out); own, shared, row may be None */
static PyObject *leaf_sums(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 9)) return NULL;
    Py_ssize_t leaves = PyLong_AsSsize_t(args[4]), classes = PyLong_AsSsize_t(args[5]);
    Py_ssize_t item = PyLong_AsSsize_t(args[6]), trees = PyLong_AsSsize_t(args[7]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t owned = 0, common = 0, pointed = 0, valued, made;
    const char *own = args[0] == Py_None ? NULL : buffer(&all, args[0], item, &owned, 0);
    const char *shared = args[1] == Py_None ? NULL : buffer(&all, args[1], item, &common, 0);
    const int64_t *row = args[2] == Py_None ? NULL : buffer(&all, args[2], 8, &pointed, 0);
    const double *value = buffer(&all, args[3], 8, &valued, 0);
    double *out = buffer(&all, args[8], 8, &made, 1);
    if (all.failed) return finish(&all, NULL);
    Py_ssize_t rows = classes > 0 ? made / classes : 0, sharers = trees > 0 ? common / trees : 0;
    if (classes <= 0 || leaves <= 0 || made != rows * classes || valued != trees * leaves ||
        (own && owned != rows * trees) || (row && pointed != rows) || (shared && !row && sharers != rows))
        return finish(&all, "sizes of leaf masks do not fit");
    for (Py_ssize_t r = 0; r < rows && shared; r++) {
        Py_ssize_t with = row ? (Py_ssize_t)row[r] : r;
        if (with < 0 || with >= sharers) return finish(&all, "a row is out of range");
    }
    Py_ssize_t first = 0;
    for (; own && shared && row && classes == 1 && first + BLOCK <= rows; first += BLOCK) {
        const char *block = own + first * trees * item;
        switch (item) {
#define CALL(T, BITS)                                                                                        \
    case sizeof(T):                                                                                          \
        block_##BITS((const T *)block, (const T *)shared, row + first, value, trees, leaves, out + first);   \
        break;
            FOR_EVERY_MASK_SIZE(CALL)
#undef CALL
        }
    }
    for (Py_ssize_t r = first; r < rows; r++) {
        Py_ssize_t with = row ? (Py_ssize_t)row[r] : r;
        const char *one = own ? own + r * trees * item : NULL;
        const char *other = shared ? shared + with * trees * item : NULL;
        switch (item) {
#define CALL(T, BITS)                                                                                        \
    case sizeof(T):                                                                                          \
        leaves_##BITS((const T *)one, (const T *)other, value, trees, leaves, classes, out + r * classes);   \
        break;
            FOR_EVERY_MASK_SIZE(CALL)
#undef CALL
        }
    }
    return finish(&all, NULL);
}

/* ---- features of one situation ---- */

static int64_t floor_division(int64_t a, int64_t b) { return a / b - (a % b < 0); }

static int64_t month_of(int64_t day) { /* of days since 1970; Howard Hinnant, "chrono-compatible algorithms" */
    day += 719468;
    int64_t of_era = day - floor_division(day, 146097) * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    return from_march < 10 ? from_march + 3 : from_march - 9;
}

typedef struct {
    const int8_t *kind;
    const int32_t *channel, *touchpoint, *action;
    const int64_t *at, *cents;
    Py_ssize_t n;
} Events;

static int read_events(Buffers *all, PyObject *const *args, Events *events) {
    Py_ssize_t n[6];
    events->kind = buffer(all, args[0], 1, &n[0], 0);
    events->channel = buffer(all, args[1], 4, &n[1], 0);
    events->touchpoint = buffer(all, args[2], 4, &n[2], 0);
    events->action = buffer(all, args[3], 4, &n[3], 0);
    events->at = buffer(all, args[4], 8, &n[4], 0);
    events->cents = buffer(all, args[5], 8, &n[5], 0);
    events->n = n[0];
    return !all->failed && n[0] == n[1] && n[0] == n[2] && n[0] == n[3] && n[0] == n[4] && n[0] == n[5];
}

/* Kind in range, and the codes within tables whose last entry stands for -1. */
static int sane(const Events *events, Py_ssize_t e, Py_ssize_t channels, Py_ssize_t names, Py_ssize_t actions) {
    return events->kind[e] >= 0 && events->kind[e] < KINDS && events->channel[e] >= -1 &&
           events->channel[e] < channels && events->touchpoint[e] >= 0 && events->touchpoint[e] < names &&
           events->action[e] >= -1 && events->action[e] < actions;
}

/* customer_features(kind, channel, touchpoint, action, occurred_at, value_cents,
 *   place_of_kind, place_of_channel, place_of_name, positive, moment, starts, contact_windows, windows,
 *   layout, attributes, scratch, out)
 * moment: begin, end, instant, local_ms, phase, lag 1, lag 2, since, entered. starts: window starts, then begin.
 * layout: places, first channel's place, positives' place, column of the calendar. */
static PyObject *customer_features(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 18)) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Events events;
    Py_ssize_t kinds, channelled, names, positives, moments, n_starts, contacts, n_windows, laid, attributed, room, width;
    int fits = read_events(&all, args, &events);
    const int64_t *of_kind = buffer(&all, args[6], 8, &kinds, 0);
    const int64_t *of_channel = buffer(&all, args[7], 8, &channelled, 0);
    const int64_t *of_name = buffer(&all, args[8], 8, &names, 0);
    const uint8_t *positive = buffer(&all, args[9], 1, &positives, 0);
    const int64_t *moment = buffer(&all, args[10], 8, &moments, 0);
    const int64_t *starts = buffer(&all, args[11], 8, &n_starts, 0);
    const int64_t *contact_window = buffer(&all, args[12], 8, &contacts, 0);
    const int64_t *window = buffer(&all, args[13], 8, &n_windows, 0);
    const int64_t *layout = buffer(&all, args[14], 8, &laid, 0);
    const double *attribute = buffer(&all, args[15], 8, &attributed, 0);
    int64_t *scratch = buffer(&all, args[16], 8, &room, 1);
    float *out = buffer(&all, args[17], 4, &width, 1);
    if (all.failed) return finish(&all, NULL);
    if (!fits || moments != 9 || laid != 4 || kinds != KINDS || channelled % KINDS || names == 0 || positives % names)
        return finish(&all, "sizes of events do not fit");
    const int64_t begin = moment[0], end = moment[1], instant = moment[2], local = moment[3];
    const int64_t places = layout[0], channels = layout[1], yes = layout[2], calendar = layout[3];
    const Py_ssize_t channel_codes = channelled / KINDS, action_codes = positives / names;
    const int64_t recencies = channels + 1, counted = yes - 1 + 1; /* places 1 .. yes - 1, then the value */
    if (begin < 0 || begin > end || end > events.n || places < 3 || channels < 2 || yes < channels || yes >= places ||
        room < n_starts * places + n_starts + channels ||
        calendar != 7 + contacts + recencies + n_windows * counted || width != calendar + 3 + attributed)
        return finish(&all, "sizes of customer features do not fit");
    for (Py_ssize_t w = 0; w < contacts; w++)
        if (contact_window[w] < 0 || contact_window[w] >= n_starts) return finish(&all, "no such window");
    for (Py_ssize_t w = 0; w < n_windows; w++)
        if (window[w] < 0 || window[w] >= n_starts) return finish(&all, "no such window");
    int64_t *since = scratch, *cents = since + n_starts * places, *latest = cents + n_starts;
    memset(scratch, 0, (n_starts * places + n_starts + channels) * sizeof(int64_t));
    for (int64_t e = begin; e < end; e++) {
        if (!sane(&events, e, channel_codes - 1, names, action_codes - 1)) return finish(&all, "a code is out of range");
        const int kind = events.kind[e];
        const int64_t channel = events.channel[e] < 0 ? channel_codes - 1 : events.channel[e];
        const int64_t action = events.action[e] < 0 ? action_codes - 1 : events.action[e];
        const int is_positive = kind == OUTCOME && positive[action * names + events.touchpoint[e]];
        const int64_t place[4] = {of_kind[kind], of_name[events.touchpoint[e]],
                                  of_channel[kind * channel_codes + channel], is_positive ? yes : places - 1};
        for (int p = 0; p < 4; p++) {
            if (place[p] < 0 || place[p] >= places) return finish(&all, "a place is out of range");
            int repeated = 0; /* a place counts an event once */
            for (int q = 0; q < p; q++) repeated |= place[q] == place[p];
            if (repeated) continue;
            for (Py_ssize_t w = 0; w < n_starts; w++) since[w * places + place[p]] += e >= starts[w];
            if (place[p] < channels) latest[place[p]] = e + 1;
        }
        for (Py_ssize_t w = 0; w < n_starts; w++) cents[w] += e >= starts[w] ? events.cents[e] : 0;
    }
    float *o = out;
    *o++ = (float)moment[4];
    for (int lag = 5; lag < 7; lag++) *o++ = moment[lag] < 0 ? NAN : (float)moment[lag];
    *o++ = (float)((double)(instant - moment[7]) / MS_A_DAY);
    *o++ = (float)moment[8];
    *o++ = (float)(end - begin);
    for (Py_ssize_t w = 0; w < contacts; w++) *o++ = (float)since[contact_window[w] * places];
    *o++ = (float)since[(n_starts - 1) * places + yes];
    *o++ = end > begin ? (float)((double)(instant - events.at[begin]) / MS_A_DAY) : NAN;
    for (int64_t p = 0; p < channels; p++)
        *o++ = latest[p] > begin ? (float)((double)(instant - events.at[latest[p] - 1]) / MS_A_DAY) : NAN;
    for (Py_ssize_t w = 0; w < n_windows; w++) {
        for (int64_t p = 1; p < yes; p++) *o++ = (float)since[window[w] * places + p];
        *o++ = (float)((double)cents[window[w]] / 100.0);
    }
    int64_t hour = floor_division(local, 3600000), day = floor_division(local, 86400000);
    *o++ = (float)(hour - floor_division(hour, 24) * 24);
    *o++ = (float)(day + 3 - floor_division(day + 3, 7) * 7);
    *o++ = (float)month_of(day);
    for (Py_ssize_t a = 0; a < attributed; a++) *o++ = (float)attribute[a];
    return finish(&all, NULL);
}

/* candidate_features(kind, channel, touchpoint, action, occurred_at, value_cents,
 *   positive, names, moment, starts, static, action_of, channel_of, n_actions, n_channels, treatment, scratch, out)
 * moment: begin, end, instant. starts: those of both windows. static: (T, 5); action_of, channel_of: (T,). */
static PyObject *candidate_features(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 18)) return NULL;
    Py_ssize_t names = PyLong_AsSsize_t(args[7]);
    Py_ssize_t n_actions = PyLong_AsSsize_t(args[13]), n_channels = PyLong_AsSsize_t(args[14]);
    if (PyErr_Occurred()) return NULL;
    enum { FIXED = 5, WIDTH = 14, ALL = 0, FIRST = 1, SECOND = 2, YES = 3, LAST = 4, FIELDS = 5 };
    Buffers all = {.used = 0, .failed = 0};
    Events events;
    Py_ssize_t positives, moments, n_starts, fixed, actions, channels, m, room, cells;
    int fits = read_events(&all, args, &events);
    const uint8_t *positive = buffer(&all, args[6], 1, &positives, 0);
    const int64_t *moment = buffer(&all, args[8], 8, &moments, 0);
    const int64_t *starts = buffer(&all, args[9], 8, &n_starts, 0);
    const float *fixed_of = buffer(&all, args[10], 4, &fixed, 0);
    const int64_t *action_of = buffer(&all, args[11], 8, &actions, 0);
    const int64_t *channel_of = buffer(&all, args[12], 8, &channels, 0);
    const int64_t *treatment = buffer(&all, args[15], 8, &m, 0);
    int64_t *scratch = buffer(&all, args[16], 8, &room, 1);
    float *out = buffer(&all, args[17], 4, &cells, 1);
    if (all.failed) return finish(&all, NULL);
    if (!fits || moments != 3 || n_starts != 2 || names <= 0 || positives != (n_actions + 1) * names ||
        actions != channels || fixed != actions * FIXED || cells != m * WIDTH ||
        room < (n_actions + n_channels) * FIELDS)
        return finish(&all, "sizes of candidate features do not fit");
    const int64_t begin = moment[0], end = moment[1], instant = moment[2];
    if (begin < 0 || begin > end || end > events.n) return finish(&all, "a moment is out of range");
    memset(scratch, 0, (n_actions + n_channels) * FIELDS * sizeof(int64_t));
    for (int64_t e = begin; e < end; e++) {
        if (events.kind[e] == TOUCHPOINT) continue;
        if (!sane(&events, e, n_channels, names, n_actions)) return finish(&all, "a code is out of range");
        const int64_t action = events.action[e], channel = events.channel[e];
        int64_t *of[2] = {action < 0 ? NULL : scratch + action * FIELDS,
                          channel < 0 ? NULL : scratch + (n_actions + channel) * FIELDS};
        const int is_positive = events.kind[e] == OUTCOME &&
                                positive[(action < 0 ? n_actions : action) * names + events.touchpoint[e]];
        for (int g = 0; g < 2; g++) {
            if (!of[g]) continue;
            if (events.kind[e] == CONTACT) {
                of[g][ALL]++;
                of[g][FIRST] += e >= starts[0];
                of[g][SECOND] += e >= starts[1];
                of[g][LAST] = e + 1;
            }
            of[g][YES] += is_positive;
        }
    }
    for (Py_ssize_t c = 0; c < m; c++, out += WIDTH) {
        const int64_t code = treatment[c];
        if (code < 0 || code >= actions) return finish(&all, "a treatment is out of range");
        memcpy(out, fixed_of + code * FIXED, FIXED * sizeof(float));
        const int64_t action = action_of[code], channel = channel_of[code];
        if (code == 0 || action < 0 || channel < 0 || action >= n_actions || channel >= n_channels) {
            memset(out + FIXED, 0, (WIDTH - FIXED) * sizeof(float));
            continue;
        }
        const int64_t *a = scratch + action * FIELDS, *b = scratch + (n_actions + channel) * FIELDS;
        out[5] = (float)a[ALL];
        out[6] = (float)a[FIRST];
        out[7] = (float)a[SECOND];
        out[8] = (float)a[YES];
        out[9] = (float)b[FIRST];
        out[10] = (float)b[SECOND];
        out[11] = (float)b[YES];
        out[12] = a[LAST] ? (float)((double)(instant - events.at[a[LAST] - 1]) / MS_A_DAY) : NAN;
        out[13] = b[LAST] ? (float)((double)(instant - events.at[b[LAST] - 1]) / MS_A_DAY) : NAN;
    }
    return finish(&all, NULL);
}

#define METHOD(NAME) {#NAME, (PyCFunction)(void (*)(void))NAME, METH_FASTCALL, NULL}
static PyMethodDef methods[] = {METHOD(node_masks), METHOD(interval_masks), METHOD(leaf_sums),
                                METHOD(customer_features), METHOD(candidate_features), {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModule_Create(&module); }
