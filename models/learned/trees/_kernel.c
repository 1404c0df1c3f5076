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

#define MOST_BUFFERS 40
#define BLOCK 8
#define LANES 64
#define AT_ONCE 8
#define MOST_PHASES 64
#define MOST_WINDOWS 64
#define MOST_PLACES 1000000
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

/* Loops over many rows are compiled for wider registers too, where the system chooses among them at load. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((target_clones("default", "avx2")))
#else
#define WIDE
#endif

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

typedef struct { /* see node_masks.py */
    Py_ssize_t columns, cells, groups;
    const int64_t *feature, *group, *position;
    const float *fill, *threshold;
    const int32_t *column;
    const char *keep;
} Nodes;

/* features, fill, column, threshold, keep, groups, position: seven arguments; the last may be None */
static int read_nodes(Buffers *all, PyObject *const *args, Py_ssize_t width, Py_ssize_t item, Py_ssize_t trees, Nodes *nodes) {
    Py_ssize_t filled, indexed, limits, kept, placed = trees;
    nodes->feature = buffer(all, args[0], 8, &nodes->columns, 0);
    nodes->fill = buffer(all, args[1], 4, &filled, 0);
    nodes->column = buffer(all, args[2], 4, &indexed, 0);
    nodes->threshold = buffer(all, args[3], 4, &limits, 0);
    nodes->keep = buffer(all, args[4], item, &kept, 0);
    nodes->group = buffer(all, args[5], 8, &nodes->groups, 0);
    nodes->position = args[6] == Py_None ? NULL : buffer(all, args[6], 8, &placed, 0);
    if (all->failed || filled != nodes->columns || indexed != limits || indexed != kept || nodes->groups % 3 ||
        placed != trees)
        return 0;
    nodes->cells = indexed;
    for (Py_ssize_t c = 0; c < nodes->columns; c++)
        if (nodes->feature[c] < 0 || nodes->feature[c] >= width) return 0;
    return 1;
}

/* The masks of one row; own: room for the columns, laid: for the masks of all trees */
static void row_by_nodes(const Nodes *nodes, Py_ssize_t item, Py_ssize_t trees, const float *x, float *own, char *laid,
                         char *out) {
    for (Py_ssize_t c = 0; c < nodes->columns; c++) {
        const float value = x[nodes->feature[c]];
        own[c] = isnan(value) ? nodes->fill[c] : value;
    }
    char *to = nodes->position ? laid : out;
    for (const int64_t *g = nodes->group; g < nodes->group + nodes->groups; g += 3) {
        Py_ssize_t first = g[0], in = (g[1] - g[0]) / g[2];
        switch (item) {
#define CALL(T, BITS)                                                                                        \
    case sizeof(T):                                                                                          \
        nodes_##BITS(own, nodes->column + first, nodes->threshold + first, (const T *)nodes->keep + first,   \
                     g[2], in, (T *)to);                                                                     \
        break;
            FOR_EVERY_MASK_SIZE(CALL)
#undef CALL
        }
        to += in * item;
    }
    for (Py_ssize_t t = 0; nodes->position && t < trees; t++)
        memcpy(out + t * item, laid + nodes->position[t] * item, item);
}

typedef float Reals __attribute__((vector_size(AT_ONCE * sizeof(float))));
typedef int32_t Bits __attribute__((vector_size(AT_ONCE * sizeof(int32_t))));

/* One tree, LANES rows: node after node, with the masks of all rows in registers. x: LANES values a column */
WIDE static void lanes_of_tree(const Nodes *nodes, Py_ssize_t cell, Py_ssize_t width, Py_ssize_t trees, Py_ssize_t item,
                               const Reals *x, Bits *out) {
    Bits left[LANES / AT_ONCE];
    for (int i = 0; i < LANES / AT_ONCE; i++) left[i] = (Bits){0} - 1;
    for (Py_ssize_t w = 0; w < width; w++, cell += trees) {
        const Reals *value = x + (Py_ssize_t)nodes->column[cell] * (LANES / AT_ONCE);
        const Reals limit = (Reals){0} + nodes->threshold[cell];
        int32_t keep = item == 1   ? ((const uint8_t *)nodes->keep)[cell]
                       : item == 2 ? ((const uint16_t *)nodes->keep)[cell]
                                   : ((const int32_t *)nodes->keep)[cell];
        const Bits kept = (Bits){0} + keep;
        for (int i = 0; i < LANES / AT_ONCE; i++) left[i] &= (Bits)(value[i] <= limit) | kept;
    }
    memcpy(out, left, sizeof(left));
}

/* The masks of LANES rows, of up to 32 leaves; own and laid: aligned room for LANES columns and trees */
static void lanes_by_nodes(const Nodes *nodes, Py_ssize_t item, Py_ssize_t trees, const float *x, Py_ssize_t width,
                           float *own, int32_t *laid, char *out) {
    for (Py_ssize_t c = 0; c < nodes->columns; c++)
        for (int i = 0; i < LANES; i++) {
            const float value = x[i * width + nodes->feature[c]];
            own[c * LANES + i] = isnan(value) ? nodes->fill[c] : value;
        }
    int32_t *to = laid;
    for (const int64_t *g = nodes->group; g < nodes->group + nodes->groups; g += 3) {
        Py_ssize_t in = (g[1] - g[0]) / g[2];
        for (Py_ssize_t t = 0; t < in; t++, to += LANES)
            lanes_of_tree(nodes, g[0] + t, g[2], in, item, (const Reals *)own, (Bits *)to);
    }
    for (Py_ssize_t t = 0; t < trees; t++) {
        const int32_t *from = laid + (nodes->position ? nodes->position[t] : t) * LANES;
        for (int i = 0; i < LANES; i++) {
            Py_ssize_t place = i * trees + t;
            if (item == 1) ((uint8_t *)out)[place] = (uint8_t)from[i];
            else if (item == 2) ((uint16_t *)out)[place] = (uint16_t)from[i];
            else ((uint32_t *)out)[place] = (uint32_t)from[i];
        }
    }
}

typedef struct { /* see interval_masks.py */
    Py_ssize_t slots, n_keys;
    const int64_t *features, *keys;
    const char *table;
} Intervals;

/* features, keys, table: three arguments */
static int read_intervals(Buffers *all, PyObject *const *args, Py_ssize_t width, Py_ssize_t item, Py_ssize_t trees,
                          Intervals *intervals) {
    Py_ssize_t entries;
    intervals->features = buffer(all, args[0], 8, &intervals->slots, 0);
    intervals->keys = buffer(all, args[1], 8, &intervals->n_keys, 0);
    intervals->table = buffer(all, args[2], item, &entries, 0);
    if (all->failed || entries != (intervals->n_keys + intervals->slots) * trees) return 0;
    for (Py_ssize_t s = 0; s < intervals->slots; s++)
        if (intervals->features[s] < 0 || intervals->features[s] >= width) return 0;
    return 1;
}

/* Ands the masks of one row into out, unless it is fresh. */
static void row_by_intervals(const Intervals *intervals, Py_ssize_t item, Py_ssize_t trees, const float *x, char *out,
                             int fresh) {
    for (Py_ssize_t s = 0; s < intervals->slots; s++) {
        float value = x[intervals->features[s]];
        int64_t key = NAN_KEY;
        if (!isnan(value)) {
            int32_t bits;
            memcpy(&bits, &value, 4);
            key = bits ^ ((bits >> 31) & 0x7FFFFFFF);
        }
        key += (int64_t)s << SLOT_BITS;
        Py_ssize_t low = 0, high = intervals->n_keys;
        while (low < high) {
            Py_ssize_t middle = (low + high) / 2;
            if (intervals->keys[middle] < key) low = middle + 1;
            else high = middle;
        }
        const char *row = intervals->table + (low + s) * trees * item;
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
}

/* node_masks(x, width, features, fill, column, threshold, keep, groups, position, item, trees, out) */
static PyObject *node_masks(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 12)) return NULL;
    Py_ssize_t width = PyLong_AsSsize_t(args[1]), item = PyLong_AsSsize_t(args[9]);
    Py_ssize_t trees = PyLong_AsSsize_t(args[10]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Nodes nodes;
    Py_ssize_t cells, made;
    const float *x = buffer(&all, args[0], 4, &cells, 0);
    int fits = read_nodes(&all, args + 2, width, item, trees, &nodes);
    char *out = buffer(&all, args[11], item, &made, 1);
    if (all.failed) return finish(&all, NULL);
    Py_ssize_t rows = width > 0 ? cells / width : 0;
    if (!fits || width <= 0 || cells != rows * width || made != rows * trees)
        return finish(&all, "sizes or features of node masks do not fit");
    const Py_ssize_t columns = nodes.columns + nodes.columns % 2; /* masks of eight bytes begin at their places */
    const Py_ssize_t lanes = rows < LANES || item > 4 ? 0 : LANES * (nodes.columns + trees) + LANES;
    float *own = PyMem_Malloc((columns + lanes) * sizeof(float) + trees * item);
    if (!own) return release(&all), PyErr_NoMemory();
    char *laid = (char *)(own + columns);
    float *side = (float *)(((uintptr_t)(laid + trees * item) + LANES - 1) / LANES * LANES);
    Py_ssize_t r = 0;
    for (; lanes && r + LANES <= rows; r += LANES)
        lanes_by_nodes(&nodes, item, trees, x + r * width, width, side, (int32_t *)(side + LANES * nodes.columns),
                       out + r * trees * item);
    for (; r < rows; r++) row_by_nodes(&nodes, item, trees, x + r * width, own, laid, out + r * trees * item);
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
    Intervals intervals;
    Py_ssize_t cells, made;
    const float *x = buffer(&all, args[0], 4, &cells, 0);
    int fits = read_intervals(&all, args + 2, width, item, trees, &intervals);
    char *out = buffer(&all, args[7], item, &made, 1);
    if (all.failed) return finish(&all, NULL);
    Py_ssize_t rows = width > 0 ? cells / width : 0;
    if (!fits || width <= 0 || cells != rows * width || made != rows * trees)
        return finish(&all, "sizes or features of interval masks do not fit");
    for (Py_ssize_t r = 0; r < rows; r++, x += width, out += trees * item)
        row_by_intervals(&intervals, item, trees, x, out, fresh);
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

/* ---- the trees of one situation ---- */

typedef struct { /* the masks of some neighbouring columns; neither part: no tree looks at them */
    int by_nodes, by_intervals;
    Py_ssize_t width;
    Nodes nodes;
    Intervals intervals;
} Part;

typedef struct { /* compiled trees, with the buffers that they were read from */
    Buffers held;
    Part shared, own;
    Py_ssize_t leaves, classes, item, trees;
    const double *value;
} Plan;

static void free_plan(PyObject *capsule) {
    Plan *plan = PyCapsule_GetPointer(capsule, "plan");
    if (!plan) return;
    release(&plan->held);
    PyMem_Free(plan);
}

/* Whether everything that nodes point at is there; once a plan. */
static int nodes_within(const Nodes *nodes, Py_ssize_t trees) {
    Py_ssize_t laid = 0;
    for (Py_ssize_t i = 0; i < nodes->cells; i++)
        if (nodes->column[i] < 0 || nodes->column[i] >= nodes->columns) return 0;
    for (const int64_t *g = nodes->group; g < nodes->group + nodes->groups; g += 3) {
        if (g[0] < 0 || g[1] < g[0] || g[1] > nodes->cells || g[2] <= 0 || (g[1] - g[0]) % g[2]) return 0;
        laid += (g[1] - g[0]) / g[2];
    }
    for (Py_ssize_t t = 0; nodes->position && t < trees; t++)
        if (nodes->position[t] < 0 || nodes->position[t] >= trees) return 0;
    return laid == trees;
}

static int read_part(Plan *plan, PyObject *width, PyObject *nodes, PyObject *intervals, Part *part) {
    part->width = PyLong_AsSsize_t(width);
    part->by_nodes = nodes != Py_None;
    part->by_intervals = intervals != Py_None;
    if (PyErr_Occurred() || part->width < 0) return 0;
    if (part->by_nodes && !(PyTuple_Check(nodes) && PyTuple_GET_SIZE(nodes) == 7 &&
                            read_nodes(&plan->held, ((PyTupleObject *)nodes)->ob_item, part->width, plan->item,
                                       plan->trees, &part->nodes) &&
                            nodes_within(&part->nodes, plan->trees)))
        return 0;
    return !part->by_intervals || (PyTuple_Check(intervals) && PyTuple_GET_SIZE(intervals) == 3 &&
                                   read_intervals(&plan->held, ((PyTupleObject *)intervals)->ob_item, part->width,
                                                  plan->item, plan->trees, &part->intervals));
}

/* plan_trees(shared_width, nodes, intervals, own_width, nodes, intervals, values, leaves, classes, item, trees)
 * nodes and intervals: tuples as node_masks and interval_masks take them, or None. */
static PyObject *plan_trees(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 11)) return NULL;
    Plan *plan = PyMem_Calloc(1, sizeof(Plan));
    if (!plan) return PyErr_NoMemory();
    PyObject *capsule = PyCapsule_New(plan, "plan", free_plan);
    if (!capsule) return PyMem_Free(plan), NULL;
    plan->leaves = PyLong_AsSsize_t(args[7]);
    plan->classes = PyLong_AsSsize_t(args[8]);
    plan->item = PyLong_AsSsize_t(args[9]);
    plan->trees = PyLong_AsSsize_t(args[10]);
    int whole = !PyErr_Occurred() && plan->leaves > 0 && plan->classes > 0 && plan->item > 0 && plan->trees > 0;
    Py_ssize_t valued = 0;
    if (whole) plan->value = buffer(&plan->held, args[6], 8, &valued, 0);
    if (!whole || plan->held.failed || valued != plan->trees * plan->leaves ||
        !read_part(plan, args[0], args[1], args[2], &plan->shared) ||
        !read_part(plan, args[3], args[4], args[5], &plan->own)) {
        Py_DECREF(capsule);
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "sizes of trees do not fit");
        return NULL;
    }
    return capsule;
}

static void masks_of_row(const Plan *plan, const Part *part, const float *x, float *scratch, char *out) {
    if (part->by_nodes) {
        char *laid = (char *)(scratch + part->nodes.columns + part->nodes.columns % 2);
        row_by_nodes(&part->nodes, plan->item, plan->trees, x, scratch, laid, out);
    } else if (!part->by_intervals) {
        memset(out, 0xFF, plan->trees * plan->item);
    }
    if (part->by_intervals) row_by_intervals(&part->intervals, plan->item, plan->trees, x, out, !part->by_nodes);
}

static void leaves_of_row(const Plan *plan, const char *own, const char *shared, double *out) {
    switch (plan->item) {
#define CALL(T, BITS)                                                                                        \
    case sizeof(T):                                                                                          \
        leaves_##BITS((const T *)own, (const T *)shared, plan->value, plan->trees, plan->leaves,             \
                      plan->classes, out);                                                                   \
        break;
        FOR_EVERY_MASK_SIZE(CALL)
#undef CALL
    }
}

static void leaves_of_block(const Plan *plan, const char *own, const char *shared, double *out) {
    static const int64_t first[BLOCK] = {0};
    switch (plan->item) {
#define CALL(T, BITS)                                                                                        \
    case sizeof(T):                                                                                          \
        block_##BITS((const T *)own, (const T *)shared, first, plan->value, plan->trees, plan->leaves, out); \
        break;
        FOR_EVERY_MASK_SIZE(CALL)
#undef CALL
    }
}

/* score_trees(plan, shared, own, out): raw scores of one row of shared columns with each row of own ones, or,
 * where own is None, of that row alone; out: (rows, classes) */
static PyObject *score_trees(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 4)) return NULL;
    const Plan *plan = PyCapsule_GetPointer(args[0], "plan");
    if (!plan) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t width, cells = 0, made;
    const float *x = buffer(&all, args[1], 4, &width, 0);
    const float *own = args[2] == Py_None ? NULL : buffer(&all, args[2], 4, &cells, 0);
    double *out = buffer(&all, args[3], 8, &made, 1);
    if (all.failed) return finish(&all, NULL);
    const Py_ssize_t row_bytes = plan->trees * plan->item, rows = own ? made / plan->classes : 1;
    if (width != plan->shared.width || made != rows * plan->classes || cells != (own ? rows * plan->own.width : 0))
        return finish(&all, "sizes of rows do not fit");
    Py_ssize_t columns = plan->shared.nodes.columns > plan->own.nodes.columns ? plan->shared.nodes.columns
                                                                              : plan->own.nodes.columns;
    columns += columns % 2; /* masks of eight bytes begin at their places */
    float *scratch = PyMem_Malloc(columns * sizeof(float) + row_bytes);
    if (!scratch) return release(&all), PyErr_NoMemory();
    char *shared = PyMem_Malloc((1 + BLOCK) * row_bytes), *each = shared + row_bytes;
    if (!shared) return PyMem_Free(scratch), release(&all), PyErr_NoMemory();
    masks_of_row(plan, &plan->shared, x, scratch, shared);
    if (!own) leaves_of_row(plan, NULL, shared, out);
    for (Py_ssize_t r = 0; own && r < rows;) {
        const Py_ssize_t block = rows - r < BLOCK ? rows - r : BLOCK;
        for (Py_ssize_t i = 0; i < block; i++)
            masks_of_row(plan, &plan->own, own + (r + i) * plan->own.width, scratch, each + i * row_bytes);
        if (block == BLOCK && plan->classes == 1) leaves_of_block(plan, each, shared, out + r);
        else
            for (Py_ssize_t i = 0; i < block; i++)
                leaves_of_row(plan, each + i * row_bytes, shared, out + (r + i) * plan->classes);
        r += block;
    }
    PyMem_Free(scratch);
    PyMem_Free(shared);
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

typedef struct { /* where the events of a customer count, and the columns of their row */
    const int64_t *of_kind, *of_channel, *of_name, *contact_window, *window, *layout;
    const uint8_t *positive;
    Py_ssize_t kinds, channelled, names, positives, contacts, n_windows, laid;
} CustomerLayout;

/* place_of_kind, place_of_channel, place_of_name, positive: four arguments; contact_windows, windows, layout: three. */
static void read_customer_layout(Buffers *all, PyObject *const *places, PyObject *const *windows, CustomerLayout *own) {
    own->of_kind = buffer(all, places[0], 8, &own->kinds, 0);
    own->of_channel = buffer(all, places[1], 8, &own->channelled, 0);
    own->of_name = buffer(all, places[2], 8, &own->names, 0);
    own->positive = buffer(all, places[3], 1, &own->positives, 0);
    own->contact_window = buffer(all, windows[0], 8, &own->contacts, 0);
    own->window = buffer(all, windows[1], 8, &own->n_windows, 0);
    own->layout = buffer(all, windows[2], 8, &own->laid, 0);
}

/* Whether each list of places has its own, besides the last, where nothing counts: no event counts twice in one. */
static int places_apart(const CustomerLayout *own, int64_t places, int64_t channels, int64_t yes) {
    const int64_t *lists[3] = {own->of_kind, own->of_name, own->of_channel}, first[3] = {0, 2, channels}, past[3] = {2, channels, yes};
    const Py_ssize_t sizes[3] = {own->kinds, own->names, own->channelled};
    for (int l = 0; l < 3; l++)
        for (Py_ssize_t i = 0; i < sizes[l]; i++)
            if (lists[l][i] != places - 1 && (lists[l][i] < first[l] || lists[l][i] >= past[l])) return 0;
    return 1;
}

/* moment: begin, end, instant, local_ms, phase, lag 1, lag 2, since, entered. starts: window starts, then begin.
 * scratch: room for (n_starts + 1) * places + n_starts numbers. What is wrong with it; NULL: nothing. */
static const char *customer_row(const CustomerLayout *own, const Events *events, const int64_t *moment,
                                const int64_t *starts, Py_ssize_t n_starts, const double *attribute, Py_ssize_t attributed,
                                int64_t *scratch, Py_ssize_t room, float *out, Py_ssize_t width) {
    if (own->laid != 4 || own->kinds != KINDS || own->channelled % KINDS || own->names == 0 || own->positives % own->names)
        return "sizes of events do not fit";
    const int64_t begin = moment[0], end = moment[1], instant = moment[2], local = moment[3];
    const int64_t places = own->layout[0], channels = own->layout[1], yes = own->layout[2], calendar = own->layout[3];
    const Py_ssize_t channel_codes = own->channelled / KINDS, action_codes = own->positives / own->names;
    const int64_t recencies = channels + 1, counted = yes - 1 + 1; /* places 1 .. yes - 1, then the value */
    if (begin < 0 || begin > end || end > events->n || places < 3 || channels < 2 || yes < channels || yes >= places ||
        room < (n_starts + 1) * places + n_starts ||
        calendar != 7 + own->contacts + recencies + own->n_windows * counted || width != calendar + 3 + attributed)
        return "sizes of customer features do not fit";
    if (!places_apart(own, places, channels, yes)) return "a place is out of range";
    for (Py_ssize_t w = 0; w < own->contacts; w++)
        if (own->contact_window[w] < 0 || own->contact_window[w] >= n_starts) return "no such window";
    for (Py_ssize_t w = 0; w < own->n_windows; w++)
        if (own->window[w] < 0 || own->window[w] >= n_starts) return "no such window";
    /* Windows in the order of their starts. An event counts for the last one that it lies in; those before it sum up. */
    if (n_starts > MOST_WINDOWS) return "too many windows";
    Py_ssize_t order[MOST_WINDOWS], rank[MOST_WINDOWS];
    for (Py_ssize_t w = 0; w < n_starts; w++) {
        Py_ssize_t at = w;
        for (; at > 0 && starts[order[at - 1]] > starts[w]; at--) order[at] = order[at - 1];
        order[at] = w;
    }
    for (Py_ssize_t r = 0; r < n_starts; r++) rank[order[r]] = r;
    Py_ssize_t brief = n_starts; /* so many windows, the longest, are asked for contacts and answers alone */
    for (Py_ssize_t w = 0; w < own->n_windows; w++)
        if (rank[own->window[w]] < brief) brief = rank[own->window[w]];
    int64_t *since = scratch, *cents = since + n_starts * places, *latest = cents + n_starts;
    memset(scratch, 0, ((n_starts + 1) * places + n_starts) * sizeof(int64_t));
    Py_ssize_t within = 0;
    for (int64_t e = begin; e < end; e++) {
        if (!sane(events, e, channel_codes - 1, own->names, action_codes - 1)) return "a code is out of range";
        while (within < n_starts && starts[order[within]] <= e) within++;
        const int kind = events->kind[e];
        const int64_t channel = events->channel[e] < 0 ? channel_codes - 1 : events->channel[e];
        const int64_t action = events->action[e] < 0 ? action_codes - 1 : events->action[e];
        const int is_positive = kind == OUTCOME && own->positive[action * own->names + events->touchpoint[e]];
        const int64_t by_kind = own->of_kind[kind], by_name = own->of_name[events->touchpoint[e]];
        latest[by_kind] = latest[by_name] = e + 1;
        if (!within) continue;
        int64_t *counts = since + (within - 1) * places;
        counts[by_kind]++;
        if (is_positive) counts[yes]++;
        if (within <= brief) continue;
        counts[by_name]++;
        counts[own->of_channel[kind * channel_codes + channel]]++;
        cents[within - 1] += events->cents[e];
    }
    for (Py_ssize_t r = n_starts - 2; r >= 0; r--) {
        for (int64_t p = 0; p < places; p++) since[r * places + p] += since[(r + 1) * places + p];
        cents[r] += cents[r + 1];
    }
    float *o = out;
    *o++ = (float)moment[4];
    for (int lag = 5; lag < 7; lag++) *o++ = moment[lag] < 0 ? NAN : (float)moment[lag];
    *o++ = (float)((double)(instant - moment[7]) / MS_A_DAY);
    *o++ = (float)moment[8];
    *o++ = (float)(end - begin);
    for (Py_ssize_t w = 0; w < own->contacts; w++) *o++ = (float)since[rank[own->contact_window[w]] * places];
    *o++ = (float)since[rank[n_starts - 1] * places + yes];
    *o++ = end > begin ? (float)((double)(instant - events->at[begin]) / MS_A_DAY) : NAN;
    for (int64_t p = 0; p < channels; p++)
        *o++ = latest[p] > begin ? (float)((double)(instant - events->at[latest[p] - 1]) / MS_A_DAY) : NAN;
    for (Py_ssize_t w = 0; w < own->n_windows; w++) {
        const Py_ssize_t r = rank[own->window[w]];
        for (int64_t p = 1; p < yes; p++) *o++ = (float)since[r * places + p];
        *o++ = (float)((double)cents[r] / 100.0);
    }
    int64_t hour = floor_division(local, 3600000), day = floor_division(local, 86400000);
    *o++ = (float)(hour - floor_division(hour, 24) * 24);
    *o++ = (float)(day + 3 - floor_division(day + 3, 7) * 7);
    *o++ = (float)month_of(day);
    for (Py_ssize_t a = 0; a < attributed; a++) *o++ = (float)attribute[a];
    return NULL;
}

enum { FIXED = 5, WIDTH = 14, ALL = 0, FIRST = 1, SECOND = 2, YES = 3, LAST = 4, FIELDS = 5 };

typedef struct { /* what candidates are, and what counts as an answer to one */
    const uint8_t *positive;
    const float *fixed;
    const int64_t *action_of, *channel_of;
    Py_ssize_t names, positives, fixed_cells, actions, channels, n_actions, n_channels;
} Catalogue;

/* first, second: where the windows of contacts begin. scratch: room for (n_actions + n_channels) * FIELDS numbers.
 * out: (m, WIDTH). What is wrong with it; NULL: nothing. */
static const char *candidate_rows(const Catalogue *own, const Events *events, int64_t begin, int64_t end, int64_t instant,
                                  int64_t first, int64_t second, const int64_t *treatment, Py_ssize_t m, int64_t *scratch,
                                  Py_ssize_t room, float *out) {
    const Py_ssize_t n_actions = own->n_actions, n_channels = own->n_channels, names = own->names;
    if (names <= 0 || n_actions < 0 || n_channels < 0 || own->positives != (n_actions + 1) * names ||
        own->actions != own->channels || own->fixed_cells != own->actions * FIXED || room < (n_actions + n_channels) * FIELDS)
        return "sizes of candidate features do not fit";
    if (begin < 0 || begin > end || end > events->n) return "a moment is out of range";
    memset(scratch, 0, (n_actions + n_channels) * FIELDS * sizeof(int64_t));
    for (int64_t e = begin; e < end; e++) {
        if (events->kind[e] == TOUCHPOINT) continue;
        if (!sane(events, e, n_channels, names, n_actions)) return "a code is out of range";
        const int64_t action = events->action[e], channel = events->channel[e];
        int64_t *of[2] = {action < 0 ? NULL : scratch + action * FIELDS,
                          channel < 0 ? NULL : scratch + (n_actions + channel) * FIELDS};
        const int is_positive = events->kind[e] == OUTCOME &&
                                own->positive[(action < 0 ? n_actions : action) * names + events->touchpoint[e]];
        for (int g = 0; g < 2; g++) {
            if (!of[g]) continue;
            if (events->kind[e] == CONTACT) {
                of[g][ALL]++;
                of[g][FIRST] += e >= first;
                of[g][SECOND] += e >= second;
                of[g][LAST] = e + 1;
            }
            of[g][YES] += is_positive;
        }
    }
    for (Py_ssize_t c = 0; c < m; c++, out += WIDTH) {
        const int64_t code = treatment[c];
        if (code < 0 || code >= own->actions) return "a treatment is out of range";
        memcpy(out, own->fixed + code * FIXED, FIXED * sizeof(float));
        const int64_t action = own->action_of[code], channel = own->channel_of[code];
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
        out[12] = a[LAST] ? (float)((double)(instant - events->at[a[LAST] - 1]) / MS_A_DAY) : NAN;
        out[13] = b[LAST] ? (float)((double)(instant - events->at[b[LAST] - 1]) / MS_A_DAY) : NAN;
    }
    return NULL;
}

/* One customer at one moment, as Situations has it: start, customer, end, instant, local_ms, phase, phase_lags,
 * phase_since, phases_entered, window_start: ten arguments, and the events before them. */
typedef struct {
    Events events; /* of the customer alone */
    int64_t moment[9], *starts;
    Py_ssize_t windows;
} Moment;

static const char *read_moment(Buffers *all, PyObject *const *args, Moment *own) {
    Py_ssize_t owners, sizes[9], windows;
    int fits = read_events(all, args, &own->events);
    const int64_t *start = buffer(all, args[6], 8, &owners, 0);
    static const Py_ssize_t item[9] = {8, 8, 8, 8, 4, 4, 8, 8, 8};
    const void *told[9];
    for (int i = 0; i < 9; i++) told[i] = buffer(all, args[7 + i], item[i], &sizes[i], 0);
    if (all->failed) return NULL;
    windows = sizes[8];
    for (int i = 0; i < 8; i++) fits &= sizes[i] == (i == 5 ? 2 : 1);
    const int64_t customer = fits ? *(const int64_t *)told[0] : 0;
    if (!fits || customer < 0 || customer + 1 >= owners || windows > MOST_WINDOWS - 1) return "sizes of a moment do not fit";
    const int64_t begin = start[customer], last = start[customer + 1];
    if (begin < 0 || last < begin || last > own->events.n) return "a customer is out of range";
    own->events = (Events){own->events.kind + begin, own->events.channel + begin, own->events.touchpoint + begin,
                           own->events.action + begin, own->events.at + begin, own->events.cents + begin, last - begin};
    const int32_t *lags = told[5];
    const int64_t moment[9] = {0, *(const int64_t *)told[1] - begin, *(const int64_t *)told[2], *(const int64_t *)told[3],
                               *(const int32_t *)told[4], lags[0], lags[1], *(const int64_t *)told[6],
                               *(const int64_t *)told[7]};
    memcpy(own->moment, moment, sizeof(moment));
    own->windows = windows;
    for (Py_ssize_t w = 0; w < windows; w++) own->starts[w] = ((const int64_t *)told[8])[w] - begin;
    own->starts[windows] = 0;
    return NULL;
}

/* customer_features(kind, channel, touchpoint, action, occurred_at, value_cents, start, customer, end, instant, local_ms,
 *   phase, phase_lags, phase_since, phases_entered, window_start, place_of_kind, place_of_channel, place_of_name, positive,
 *   contact_windows, windows, layout, attributes, out)
 * layout: places, first channel's place, positives' place, column of the calendar. */
static PyObject *customer_features(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 25)) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    int64_t starts[MOST_WINDOWS];
    Moment moment = {.starts = starts};
    CustomerLayout layout;
    Py_ssize_t attributed, width;
    const char *problem = read_moment(&all, args, &moment);
    read_customer_layout(&all, args + 16, args + 20, &layout);
    const double *attribute = buffer(&all, args[23], 8, &attributed, 0);
    float *out = buffer(&all, args[24], 4, &width, 1);
    if (all.failed || problem) return finish(&all, problem);
    const int64_t places = layout.laid == 4 ? layout.layout[0] : 0, channels = layout.laid == 4 ? layout.layout[1] : 0;
    const Py_ssize_t n_starts = moment.windows + 1;
    if (places < 0 || places > MOST_PLACES || channels < 0 || channels > MOST_PLACES)
        return finish(&all, "sizes of events do not fit");
    const Py_ssize_t room = (n_starts + 1) * places + n_starts;
    int64_t *scratch = PyMem_Malloc(room * sizeof(int64_t));
    if (!scratch) return release(&all), PyErr_NoMemory();
    problem = customer_row(&layout, &moment.events, moment.moment, starts, n_starts, attribute, attributed, scratch, room, out,
                           width);
    PyMem_Free(scratch);
    return finish(&all, problem);
}

/* candidate_features(the events and the moment as above: sixteen, positive, names, first window, second window, static,
 *   action_of, channel_of, n_actions, n_channels, treatment, out)
 * static: (T, 5); action_of, channel_of: (T,). */
static PyObject *candidate_features(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 27)) return NULL;
    Catalogue own = {.names = PyLong_AsSsize_t(args[17]),
                     .n_actions = PyLong_AsSsize_t(args[23]),
                     .n_channels = PyLong_AsSsize_t(args[24])};
    const Py_ssize_t windows[2] = {PyLong_AsSsize_t(args[18]), PyLong_AsSsize_t(args[19])};
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    int64_t starts[MOST_WINDOWS];
    Moment moment = {.starts = starts};
    Py_ssize_t m, cells;
    const char *problem = read_moment(&all, args, &moment);
    own.positive = buffer(&all, args[16], 1, &own.positives, 0);
    own.fixed = buffer(&all, args[20], 4, &own.fixed_cells, 0);
    own.action_of = buffer(&all, args[21], 8, &own.actions, 0);
    own.channel_of = buffer(&all, args[22], 8, &own.channels, 0);
    const int64_t *treatment = buffer(&all, args[25], 8, &m, 0);
    float *out = buffer(&all, args[26], 4, &cells, 1);
    if (all.failed || problem) return finish(&all, problem);
    for (int w = 0; w < 2; w++)
        if (windows[w] < 0 || windows[w] >= moment.windows) return finish(&all, "no such window");
    if (cells != m * WIDTH || own.n_actions < 0 || own.n_channels < 0 || own.n_actions > MOST_PLACES ||
        own.n_channels > MOST_PLACES)
        return finish(&all, "sizes of candidate features do not fit");
    const Py_ssize_t room = (own.n_actions + own.n_channels) * FIELDS;
    int64_t *scratch = PyMem_Malloc((room ? room : 1) * sizeof(int64_t));
    if (!scratch) return release(&all), PyErr_NoMemory();
    problem = candidate_rows(&own, &moment.events, 0, moment.moment[1], moment.moment[2], starts[windows[0]],
                             starts[windows[1]], treatment, m, scratch, room, out);
    PyMem_Free(scratch);
    return finish(&all, problem);
}

/* ---- candidates of one situation ---- */

/* The sum of n numbers in NumPy's order: up to seven one by one, then in eight strands, beyond 128 by halves. */
static double ordered_sum(const double *a, Py_ssize_t n) {
    if (n > 128) {
        Py_ssize_t half = n / 2;
        half -= half % 8;
        return ordered_sum(a, half) + ordered_sum(a + half, n - half);
    }
    if (n < 8) {
        double sum = 0.0;
        for (Py_ssize_t i = 0; i < n; i++) sum += a[i];
        return sum;
    }
    double strand[8];
    memcpy(strand, a, sizeof(strand));
    Py_ssize_t i = 8;
    for (; i < n - n % 8; i += 8)
        for (int s = 0; s < 8; s++) strand[s] += a[i + s];
    double sum = ((strand[0] + strand[1]) + (strand[2] + strand[3])) + ((strand[4] + strand[5]) + (strand[6] + strand[7]));
    for (; i < n; i++) sum += a[i];
    return sum;
}

/* Exponents of the response of k candidates, then of the phases they lead to; 0: a treatment is out of range. */
static int exponents_of(Py_ssize_t k, Py_ssize_t treatments, Py_ssize_t phases, const double *log_odds, const double *shift,
                        const int64_t *treatment, const double *baseline, const double *effects, double limit, double *out) {
    double *odds = out + k;
    for (Py_ssize_t c = 0; c < k; c++, odds += phases) {
        const int64_t code = treatment[c];
        if (code < 0 || code >= treatments) return 0;
        double own = log_odds[c] + shift[code], most = -INFINITY;
        own = own > -limit ? own : -limit;
        out[c] = -(own < limit ? own : limit);
        for (Py_ssize_t p = 0; p < phases; p++) {
            odds[p] = baseline[p] + effects[code * phases + p];
            if (odds[p] > most) most = odds[p];
        }
        for (Py_ssize_t p = 0; p < phases; p++) odds[p] -= most;
    }
    return 1;
}

/* Propensity, low, high and evidence of k candidates, (4, k), and where they lead, (k, P); 0: as above. */
static int chances_of(Py_ssize_t k, Py_ssize_t treatments, Py_ssize_t phases, const double *powers, const int64_t *treatment,
                      const double *evidence, double z, int nothing_responds, double *figures, double *leads_to) {
    const double *odds = powers + k;
    for (Py_ssize_t c = 0; c < k; c++, odds += phases, leads_to += phases) {
        const int64_t code = treatment[c];
        if (code < 0 || code >= treatments) return 0;
        double value = 1.0 / (1.0 + powers[c]);
        if (!nothing_responds && code == 0) value = 0.0;
        const double rows = evidence[code], ratio = z * z / (rows > 1e-9 ? rows : 1e-9);
        const double centre = value + 0.5 * ratio, scale = 1.0 / (1.0 + ratio);
        const double half = sqrt(ratio * (value * (1.0 - value) + 0.25 * ratio));
        const double low = (centre - half) * scale;
        figures[c] = value;
        figures[k + c] = low > 0.0 ? low : 0.0;
        figures[2 * k + c] = value == 0.0 ? 0.0 : (centre + half) * scale;
        figures[3 * k + c] = rows;
        const double sum = ordered_sum(odds, phases);
        for (Py_ssize_t p = 0; p < phases; p++) leads_to[p] = odds[p] / sum;
    }
    return 1;
}

typedef struct { /* what the candidates of one situation have in common in EUR, and what the first of them brings */
    Py_ssize_t phases, phase;
    int with_propensity, with_journey;
    double width, nothing, base;
    const double *entry;
    double gain[MOST_PHASES], part[MOST_PHASES];
} Euros;

typedef struct { /* of a candidate */
    int contacts;
    double propensity, low, high, stake, cost;
    const double *leads_to, *next_value, *shift_error, *beyond, *error;
} Expected;

/* Immediate, journey, priority, over nothing and deviation; the first candidate does nothing. */
static void in_eur(Euros *all, const Expected *own, int is_first, double out[5]) {
    const Py_ssize_t phases = all->phases;
    double journey = 0.0, variance;
    if (!own->beyond || !all->with_journey || is_first) {
        for (Py_ssize_t p = 0; p < phases; p++) all->gain[p] = all->with_journey ? own->next_value[p] + all->entry[p] : 0.0;
        if (all->with_journey) all->gain[all->phase] -= all->entry[all->phase];
        for (Py_ssize_t p = 0; p < phases; p++) all->part[p] = own->leads_to[p] * all->gain[p];
        journey = ordered_sum(all->part, phases);
        if (is_first) all->nothing = journey;
    }
    if (own->beyond && all->with_journey) {
        journey = all->nothing + *own->beyond;
        variance = *own->error * *own->error;
    } else {
        for (Py_ssize_t p = 0; p < phases; p++) {
            const double slope = own->leads_to[p] * (all->gain[p] - journey) * own->shift_error[p];
            all->part[p] = slope * slope;
        }
        variance = ordered_sum(all->part, phases);
    }
    const double response = all->with_propensity ? own->propensity : (double)own->contacts;
    const double spread = (own->high - own->low) / all->width * (own->stake * (double)all->with_propensity);
    out[0] = response * own->stake;
    out[1] = journey;
    out[2] = out[0] + journey - own->cost;
    if (is_first) all->base = out[2];
    out[3] = out[2] - all->base;
    out[4] = sqrt(spread * spread + variance);
}

/* candidate_exponents(log_odds, shift, treatment, baseline, effects, limit, out)
 * shift: (T,) and effects: (T, P) of the situation's phase. out: k exponents of the response, then (k, P) of the phases. */
static PyObject *candidate_exponents(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 7)) return NULL;
    double limit = PyFloat_AsDouble(args[5]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t k, treatments, coded, phases, affected, made;
    const double *log_odds = buffer(&all, args[0], 8, &k, 0);
    const double *shift = buffer(&all, args[1], 8, &treatments, 0);
    const int64_t *treatment = buffer(&all, args[2], 8, &coded, 0);
    const double *baseline = buffer(&all, args[3], 8, &phases, 0);
    const double *effects = buffer(&all, args[4], 8, &affected, 0);
    double *out = buffer(&all, args[6], 8, &made, 1);
    if (all.failed) return finish(&all, NULL);
    if (coded != k || affected != treatments * phases || made != k * (1 + phases) || phases == 0)
        return finish(&all, "sizes of candidates do not fit");
    if (!exponents_of(k, treatments, phases, log_odds, shift, treatment, baseline, effects, limit, out))
        return finish(&all, "a treatment is out of range");
    return finish(&all, NULL);
}

/* candidate_chances(powers, treatment, evidence, z, nothing_responds, figures, leads_to)
 * powers: what candidate_exponents gave, exponentiated. figures: propensity, low, high, evidence, (4, k) */
static PyObject *candidate_chances(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 7)) return NULL;
    double z = PyFloat_AsDouble(args[3]);
    int nothing_responds = PyObject_IsTrue(args[4]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t powered, k, treatments, figured, led;
    const double *powers = buffer(&all, args[0], 8, &powered, 0);
    const int64_t *treatment = buffer(&all, args[1], 8, &k, 0);
    const double *evidence = buffer(&all, args[2], 8, &treatments, 0);
    double *figures = buffer(&all, args[5], 8, &figured, 1);
    double *leads_to = buffer(&all, args[6], 8, &led, 1);
    if (all.failed) return finish(&all, NULL);
    if (k == 0 || led % k || figured != 4 * k || powered != k + led) return finish(&all, "sizes of candidates do not fit");
    if (!chances_of(k, treatments, led / k, powers, treatment, evidence, z, nothing_responds, figures, leads_to))
        return finish(&all, "a treatment is out of range");
    return finish(&all, NULL);
}

/* candidates_in_eur(treatment, propensity, low, high, leads_to, next_value, shift_error, beyond, deviation,
 *   stake, cost, entry, phase, with_propensity, with_journey, width, out)
 * beyond and deviation: what was learned in money, or None. The first candidate does nothing.
 * out: (5, k) immediate, journey, priority, over_nothing, deviation */
static PyObject *candidates_in_eur(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 17)) return NULL;
    Py_ssize_t phase = PyLong_AsSsize_t(args[12]);
    int with_propensity = PyObject_IsTrue(args[13]), with_journey = PyObject_IsTrue(args[14]);
    double width = PyFloat_AsDouble(args[15]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t k, sizes[8], phases, learned[2] = {0, 0}, made;
    const int64_t *treatment = buffer(&all, args[0], 8, &k, 0);
    const double *column[8];
    static const int position[8] = {1, 2, 3, 4, 5, 6, 9, 10};
    for (int i = 0; i < 8; i++) column[i] = buffer(&all, args[position[i]], 8, &sizes[i], 0);
    const double *beyond = args[7] == Py_None ? NULL : buffer(&all, args[7], 8, &learned[0], 0);
    const double *error = args[8] == Py_None ? NULL : buffer(&all, args[8], 8, &learned[1], 0);
    const double *entry = buffer(&all, args[11], 8, &phases, 0);
    double *out = buffer(&all, args[16], 8, &made, 1);
    if (all.failed) return finish(&all, NULL);
    int fits = k > 0 && phases > 0 && phases <= MOST_PHASES && phase >= 0 && phase < phases && made == 5 * k;
    for (int i = 0; i < 8; i++) fits &= sizes[i] == (i >= 3 && i <= 5 ? k * phases : k);
    if (!fits || (beyond && learned[0] != k) || (error && learned[1] != k) || !beyond != !error)
        return finish(&all, "sizes of candidates do not fit");
    const double *propensity = column[0], *low = column[1], *high = column[2], *leads_to = column[3];
    const double *next_value = column[4], *shift_error = column[5], *stake = column[6], *cost = column[7];
    Euros euros = {.phases = phases, .phase = phase, .with_propensity = with_propensity, .with_journey = with_journey,
                   .width = width, .entry = entry};
    for (Py_ssize_t c = 0; c < k; c++) {
        const Expected own = {.contacts = treatment[c] > 0, .propensity = propensity[c], .low = low[c], .high = high[c],
                              .stake = stake[c], .cost = cost[c], .leads_to = leads_to + c * phases,
                              .next_value = next_value + c * phases, .shift_error = shift_error + c * phases,
                              .beyond = beyond ? beyond + c : NULL, .error = error ? error + c : NULL};
        double made_of[5];
        in_eur(&euros, &own, c == 0, made_of);
        for (int i = 0; i < 5; i++) out[i * k + c] = made_of[i];
    }
    return finish(&all, NULL);
}

/* score_candidates(log_odds, treatment, baseline, worth, weight, shift, evidence, effects, shift_error, stake, cost, entry,
 *   phase, limit, z, width, nothing_responds, with_propensity, with_journey, exp, powers, figures, leads_to)
 * All of the three above in one call, without effects in money. shift, evidence: (T,); effects, shift_error: (T, P), of the
 * situation's phase; stake, cost: (T,); worth: (2, P), without and with a contact; weight: (k,) or None. exp: NumPy's,
 * which has the last word on last bits; powers: room for it, an array of k + k·P. figures: (10, k) propensity, low, high,
 * evidence, immediate, journey, cost, priority, over nothing, deviation. */
static PyObject *score_candidates(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 23)) return NULL;
    Py_ssize_t phase = PyLong_AsSsize_t(args[12]);
    double limit = PyFloat_AsDouble(args[13]), z = PyFloat_AsDouble(args[14]), width = PyFloat_AsDouble(args[15]);
    int nothing_responds = PyObject_IsTrue(args[16]);
    int with_propensity = PyObject_IsTrue(args[17]), with_journey = PyObject_IsTrue(args[18]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t k = 0, coded = 0, phases = 0, moved = 0, weighed = 0, sizes[7] = {0}, powered = 0, made = 0, led = 0;
    const double *log_odds = buffer(&all, args[0], 8, &k, 0);
    const int64_t *treatment = buffer(&all, args[1], 8, &coded, 0);
    const double *baseline = buffer(&all, args[2], 8, &phases, 0);
    const double *worth = buffer(&all, args[3], 8, &moved, 0);
    const double *weight = args[4] == Py_None ? NULL : buffer(&all, args[4], 8, &weighed, 0);
    const double *table[7]; /* shift, evidence, effects, shift_error, stake, cost, entry */
    for (int i = 0; i < 7; i++) table[i] = buffer(&all, args[5 + i], 8, &sizes[i], 0);
    double *powers = buffer(&all, args[20], 8, &powered, 1);
    double *figures = buffer(&all, args[21], 8, &made, 1);
    double *leads_to = buffer(&all, args[22], 8, &led, 1);
    if (all.failed) return finish(&all, NULL);
    const Py_ssize_t treatments = sizes[0];
    if (k == 0 || coded != k || phases == 0 || phases > MOST_PHASES || phase < 0 || phase >= phases || moved != 2 * phases ||
        (weight && weighed != k) || sizes[1] != treatments || sizes[2] != treatments * phases || sizes[3] != sizes[2] ||
        sizes[4] != treatments || sizes[5] != treatments || sizes[6] != phases || powered != k + k * phases ||
        made != 10 * k || led != k * phases)
        return finish(&all, "sizes of candidates do not fit");
    if (!exponents_of(k, treatments, phases, log_odds, table[0], treatment, baseline, table[2], limit, powers))
        return finish(&all, "a treatment is out of range");
    PyObject *in_place[2] = {args[20], args[20]}, *done = PyObject_Vectorcall(args[19], in_place, 2, NULL);
    if (!done) return release(&all), NULL;
    Py_DECREF(done);
    if (!chances_of(k, treatments, phases, powers, treatment, table[1], z, nothing_responds, figures, leads_to))
        return finish(&all, "a treatment is out of range");
    Euros euros = {.phases = phases, .phase = phase, .with_propensity = with_propensity, .with_journey = with_journey,
                   .width = width, .entry = table[6]};
    for (Py_ssize_t c = 0; c < k; c++) {
        const int64_t code = treatment[c];
        const Expected own = {.contacts = code > 0, .propensity = figures[c], .low = figures[k + c], .high = figures[2 * k + c],
                              .stake = weight ? table[4][code] * weight[c] : table[4][code], .cost = table[5][code],
                              .leads_to = leads_to + c * phases, .next_value = worth + (code != 0) * phases,
                              .shift_error = table[3] + code * phases};
        double made_of[5];
        in_eur(&euros, &own, c == 0, made_of);
        figures[4 * k + c] = made_of[0];
        figures[5 * k + c] = made_of[1];
        figures[6 * k + c] = own.cost;
        for (int i = 2; i < 5; i++) figures[(5 + i) * k + c] = made_of[i];
    }
    return finish(&all, NULL);
}

/* customer_columns(customer_x, columns, missing, factor, summand, least, most, logged, raw, logs)
 * raw: each column moved and held within its range; logs: those of them that become logarithms, else 0. */
static PyObject *customer_columns(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 10)) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t width, m, sizes[5], flags, raws, logged;
    const float *x = buffer(&all, args[0], 4, &width, 0);
    const int64_t *column = buffer(&all, args[1], 8, &m, 0);
    const double *table[5]; /* missing, factor, summand, least, most */
    for (int i = 0; i < 5; i++) table[i] = buffer(&all, args[2 + i], 8, &sizes[i], 0);
    const uint8_t *bent = buffer(&all, args[7], 1, &flags, 0);
    double *raw = buffer(&all, args[8], 8, &raws, 1);
    double *logs = buffer(&all, args[9], 8, &logged, 1);
    if (all.failed) return finish(&all, NULL);
    int fits = flags == m && raws == m && logged == m;
    for (int i = 0; i < 5; i++) fits &= sizes[i] == m;
    if (!fits) return finish(&all, "sizes of columns do not fit");
    for (Py_ssize_t i = 0; i < m; i++) {
        if (column[i] < 0 || column[i] >= width) return finish(&all, "a column is out of range");
        const double own = (double)x[column[i]];
        double value = (isnan(own) ? table[0][i] : own) * table[1][i] + table[2][i];
        value = value > table[3][i] ? value : table[3][i];
        raw[i] = value < table[4][i] ? value : table[4][i];
        logs[i] = bent[i] ? raw[i] : 0.0;
    }
    return finish(&all, NULL);
}

/* standard_columns(raw, logs, logged, mean, scale, bounded, limit, corrections, slope, out)
 * out: standardised; the first ``bounded`` within limit; corrections and slope, if there are any, belong to the last
 * four blocks of columns, of which the block before them is what they are now. */
static PyObject *standard_columns(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 10)) return NULL;
    Py_ssize_t bounded = PyLong_AsSsize_t(args[5]);
    double limit = PyFloat_AsDouble(args[6]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t m, logged, flags, means, scales, corrected = 0, sloped = 0, made;
    const double *raw = buffer(&all, args[0], 8, &m, 0);
    const double *logs = buffer(&all, args[1], 8, &logged, 0);
    const uint8_t *bent = buffer(&all, args[2], 1, &flags, 0);
    const double *mean = buffer(&all, args[3], 8, &means, 0);
    const double *scale = buffer(&all, args[4], 8, &scales, 0);
    const double *correction = args[7] == Py_None ? NULL : buffer(&all, args[7], 8, &corrected, 0);
    const double *slope = args[8] == Py_None ? NULL : buffer(&all, args[8], 8, &sloped, 0);
    double *out = buffer(&all, args[9], 8, &made, 1);
    if (all.failed) return finish(&all, NULL);
    if (logged != m || flags != m || means != m || scales != m || made != m || bounded < 0 || bounded > m ||
        !correction != !slope || corrected != 4 * sloped || 5 * sloped > m)
        return finish(&all, "sizes of columns do not fit");
    for (Py_ssize_t i = 0; i < m; i++) out[i] = ((bent[i] ? logs[i] : raw[i]) - mean[i]) / scale[i];
    for (Py_ssize_t i = 0; i < bounded; i++) {
        const double value = out[i] > -limit ? out[i] : -limit;
        out[i] = value < limit ? value : limit;
    }
    for (Py_ssize_t i = 0; i < corrected; i++) {
        const double now = out[m - corrected - sloped + i % sloped];
        out[m - corrected + i] = (out[m - corrected + i] + correction[i]) + now * slope[i % sloped];
    }
    return finish(&all, NULL);
}

/* customer_outlook(moves, towards, before, trees, classes, tree_scale, stay, move, level, low, high, discount, phase,
 *   contact_costs, baseline, worth)
 * moves: log-odds of moving forward and backward. stay: (2,), move: (2, P) values without intercept, without and
 * with a contact. baseline: (P,). worth: (2, P), discounted. */
static PyObject *customer_outlook(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 16)) return NULL;
    double tree_scale = PyFloat_AsDouble(args[5]), discount = PyFloat_AsDouble(args[11]);
    Py_ssize_t phase = PyLong_AsSsize_t(args[12]);
    int costs = PyObject_IsTrue(args[13]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t directions, leading, phases, scored = 0, classes = 0, staying, moving, sizes[3], based, made;
    const double *moves = args[0] == Py_None ? NULL : buffer(&all, args[0], 8, &directions, 0);
    const int64_t *towards = buffer(&all, args[1], 8, &leading, 0);
    const double *before = buffer(&all, args[2], 8, &phases, 0);
    const double *trees = args[3] == Py_None ? NULL : buffer(&all, args[3], 8, &scored, 0);
    const int64_t *class = buffer(&all, args[4], 8, &classes, 0);
    const double *stay = buffer(&all, args[6], 8, &staying, 0);
    const double *move = buffer(&all, args[7], 8, &moving, 0);
    const double *bound[3]; /* level, low, high */
    for (int i = 0; i < 3; i++) bound[i] = buffer(&all, args[8 + i], 8, &sizes[i], 0);
    double *baseline = buffer(&all, args[14], 8, &based, 1);
    double *worth = buffer(&all, args[15], 8, &made, 1);
    if (all.failed) return finish(&all, NULL);
    int fits = leading == phases && (!moves || directions == 2) && (!trees || scored == classes) && staying == 2 &&
               moving == 2 * phases && based == phases && made == 2 * phases && phase >= 0 && phase < phases;
    for (int i = 0; i < 3; i++) fits &= sizes[i] == phases;
    if (!fits) return finish(&all, "sizes of phases do not fit");
    for (Py_ssize_t p = 0; p < phases; p++) {
        if (towards[p] < 0 || towards[p] > 2) return finish(&all, "a direction is out of range");
        baseline[p] = before[p];
        if (moves) baseline[p] += towards[p] ? moves[towards[p] - 1] : 0.0;
    }
    for (Py_ssize_t c = 0; trees && c < classes; c++) {
        if (class[c] < 0 || class[c] >= phases) return finish(&all, "a class is out of range");
        baseline[class[c]] += tree_scale * trees[c];
    }
    for (Py_ssize_t p = 0; p < phases; p++) {
        double value[2];
        for (int contact = 0; contact < 2; contact++) {
            value[contact] = (p == phase ? stay[contact] : move[contact * phases + p]) + bound[0][p];
            value[contact] = value[contact] > bound[1][p] ? value[contact] : bound[1][p];
            value[contact] = value[contact] < bound[2][p] ? value[contact] : bound[2][p];
        }
        if (costs && value[1] > value[0]) value[1] = value[0];
        worth[p] = value[0] * discount;
        worth[phases + p] = value[1] * discount;
    }
    return finish(&all, NULL);
}

/* share_by_gap(merit, admitted, protected, gamma, floor, at_most, out): inverse gap weighting of one situation.
 * An admitted and protected candidate that is the best gets all; otherwise the others share. */
static PyObject *share_by_gap(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 7)) return NULL;
    double gamma = PyFloat_AsDouble(args[3]), least = PyFloat_AsDouble(args[4]), at_most = PyFloat_AsDouble(args[5]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t k, flags, guarded, made;
    const double *merit = buffer(&all, args[0], 8, &k, 0);
    const uint8_t *admitted = buffer(&all, args[1], 1, &flags, 0);
    const uint8_t *protected = buffer(&all, args[2], 1, &guarded, 0);
    double *out = buffer(&all, args[6], 8, &made, 1);
    if (all.failed) return finish(&all, NULL);
    if (flags != k || guarded != k || made != k) return finish(&all, "sizes of candidates do not fit");
    Py_ssize_t best = -1, open = -1, number = 0; /* the best of all, and of those that are not protected */
    for (Py_ssize_t c = 0; c < k; c++) {
        if (!admitted[c]) continue;
        if (best < 0 || merit[c] > merit[best]) best = c;
        if (protected[c]) continue;
        number++;
        if (open < 0 || merit[c] > merit[open]) open = c;
    }
    if (open < 0) return finish(&all, "some candidate must be admitted and not protected");
    if (protected[best]) {
        for (Py_ssize_t c = 0; c < k; c++) out[c] = c == best;
        return finish(&all, NULL);
    }
    for (Py_ssize_t c = 0; c < k; c++) {
        const double gap = merit[open] - merit[c];
        out[c] = admitted[c] && !protected[c] ? 1.0 / ((double)number * (1.0 + gamma * (gap > 0.0 ? gap : 0.0))) : 0.0;
    }
    out[open] = 0.0;
    out[open] = 1.0 - ordered_sum(out, k);
    const double share = least / (double)number;
    for (Py_ssize_t c = 0; c < k; c++) out[c] = (1.0 - least) * out[c] + (admitted[c] && !protected[c] ? share : 0.0);
    if (at_most < 1.0) {
        const double explored = 1.0 - out[open];
        double factor = at_most / (explored > 1e-300 ? explored : 1e-300);
        factor = factor < 1.0 ? factor : 1.0;
        for (Py_ssize_t c = 0; c < k; c++) out[c] *= factor;
        out[open] = 0.0;
        out[open] = 1.0 - ordered_sum(out, k);
    }
    return finish(&all, NULL);
}

/* ---- the phases of one customer ---- */

enum { PHASE, BEFORE, LAST_BUT_ONE, SINCE, ENTERED, ACTIVE, OPENED, REACHED, WALKED }; /* of a walk */

typedef struct { /* the events of one customer, and where they and silence lead */
    const char *sorts;
    const int32_t *rows, *stated;
    const int64_t *moves, *at, *after, *to;
    const int8_t *kind;
    int64_t shortest;
    Py_ssize_t item, events, known, n_moves, phases;
} Phases;

/* sorts, rows, moves, occurred_at, kind, stated, after, to: eight arguments. What is wrong with them; NULL: nothing. */
static const char *read_phases(Buffers *all, PyObject *const *args, Phases *own) {
    Py_ssize_t sorted, moved, times, told, lapses;
    own->sorts = buffer(all, args[0], 1, &sorted, 0);
    own->rows = buffer(all, args[1], 4, &own->known, 0);
    own->moves = buffer(all, args[2], 8, &moved, 0);
    own->at = buffer(all, args[3], 8, &times, 0);
    own->kind = buffer(all, args[4], 1, &own->events, 0);
    own->stated = buffer(all, args[5], 4, &told, 0);
    own->after = buffer(all, args[6], 8, &own->phases, 0);
    own->to = buffer(all, args[7], 8, &lapses, 0);
    if (all->failed) return NULL;
    const Py_ssize_t events = own->events, phases = own->phases;
    own->item = events ? sorted / events : 4;
    if (times != events || told != events || sorted != events * own->item || (own->item != 4 && own->item != 8) ||
        phases == 0 || lapses != phases || phases > 63 || moved % phases)
        return "sizes of phases do not fit";
    for (Py_ssize_t p = 0; p < phases; p++)
        if (own->to[p] < 0 || own->to[p] >= phases || own->after[p] <= 0) return "a lapse is out of range";
    own->n_moves = moved / phases;
    return NULL;
}

static void move(int64_t *now, int64_t phase, int64_t when) {
    now[LAST_BUT_ONE] = now[BEFORE];
    now[BEFORE] = now[PHASE];
    now[PHASE] = phase;
    now[SINCE] = when;
    now[ENTERED]++;
    now[REACHED] |= INT64_C(1) << phase;
}

/* Everything that lapses before a moment, silent since ``anchor``. */
static void lapse(const Phases *own, int64_t *now, int64_t anchor, int64_t moment) {
    int64_t due = anchor + own->after[now[PHASE]];
    while (due < moment) {
        move(now, own->to[now[PHASE]], due);
        due = now[SINCE] + own->after[now[PHASE]];
    }
}

/* Walks on from ``begin``; the first event that it cannot judge, with the walk as it was before it, or ``end``. */
static Py_ssize_t walk_on(const Phases *own, Py_ssize_t begin, Py_ssize_t end, int64_t *now, const char **problem) {
    int64_t before[WALKED], active = now[ACTIVE]; /* before: the event that is judged, where it may move somebody */
    Py_ssize_t e = begin;
    for (; e < end; e++) {
        const int64_t sort = own->item == 4 ? ((const int32_t *)own->sorts)[e] : ((const int64_t *)own->sorts)[e];
        if (sort < 0 || sort >= own->known) return *problem = "a sort of event is out of range", e;
        const int32_t row = own->rows[sort];
        if (row < 0 || row >= own->n_moves) break;
        const int by_customer = own->kind[e] != CONTACT;
        if (row > 0 || own->stated[e] >= 0 || (by_customer && own->at[e] - active > own->shortest)) {
            memcpy(before, now, sizeof(before));
            lapse(own, now, active > now[SINCE] ? active : now[SINCE], own->at[e]);
            const int64_t new = own->stated[e] >= 0 ? own->stated[e] : own->moves[row * own->phases + now[PHASE]];
            if (new < 0) {
                memcpy(now, before, sizeof(before));
                break;
            }
            if (new >= own->phases) return *problem = "a phase is out of range", e;
            if (new != now[PHASE]) move(now, new, own->at[e]);
        }
        if (by_customer) active = own->at[e];
    }
    now[ACTIVE] = active;
    return e;
}

/* walk_phases(sorts, rows, moves, occurred_at, kind, stated, after, to, shortest, begin, end, walk)
 * sorts: (n,) int32 or int64, sort of event; rows: sort → row of moves, -1: nobody has asked; moves: (rows, P), -1: the
 * rules have to be asked. walk: phase, before, last but one, since, entered, active, opened, reached; moved on in
 * place.
 * Returns the first event that it cannot judge, with the walk as it was before it; end: it has judged them all. */
static PyObject *walk_phases(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 12)) return NULL;
    Phases own = {.shortest = PyLong_AsLongLong(args[8])};
    Py_ssize_t begin = PyLong_AsSsize_t(args[9]), end = PyLong_AsSsize_t(args[10]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t fields;
    const char *problem = read_phases(&all, args, &own);
    int64_t *walk = buffer(&all, args[11], 8, &fields, 1);
    if (all.failed || problem) return finish(&all, problem);
    if (fields != WALKED || begin < 0 || begin > end || end > own.events || walk[PHASE] < 0 || walk[PHASE] >= own.phases)
        return finish(&all, "sizes of phases do not fit");
    int64_t now[WALKED];
    memcpy(now, walk, sizeof(now));
    const Py_ssize_t done = walk_on(&own, begin, end, now, &problem);
    if (problem) return finish(&all, problem);
    memcpy(walk, now, sizeof(now));
    release(&all);
    return PyLong_FromSsize_t(done);
}

/* phases_at(sorts, rows, moves, occurred_at, kind, stated, after, to, shortest, walk, ends, instants, phases)
 * walk: as walk_phases has it, before the first event; it stays. ends, instants: (m,), ascending: moments, and the first
 * events that are not before them. phases: (m,) int64, where the customer stood, with what had lapsed by then.
 * Returns whether no rule had to be asked. */
static PyObject *phases_at(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 13)) return NULL;
    Phases own = {.shortest = PyLong_AsLongLong(args[8])};
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t fields, ended, dated, made;
    const char *problem = read_phases(&all, args, &own);
    const int64_t *walk = buffer(&all, args[9], 8, &fields, 0), *ends = buffer(&all, args[10], 8, &ended, 0);
    const int64_t *instants = buffer(&all, args[11], 8, &dated, 0);
    int64_t *phases = buffer(&all, args[12], 8, &made, 1);
    if (all.failed || problem) return finish(&all, problem);
    if (fields != WALKED || ended != dated || ended != made || walk[PHASE] < 0 || walk[PHASE] >= own.phases)
        return finish(&all, "sizes of moments do not fit");
    int64_t now[WALKED], then[WALKED];
    memcpy(now, walk, sizeof(now));
    Py_ssize_t begin = 0, m = 0;
    for (; m < ended; m++) {
        if (ends[m] < begin || ends[m] > own.events) return finish(&all, "moments do not ascend");
        const Py_ssize_t done = walk_on(&own, begin, ends[m], now, &problem);
        if (problem) return finish(&all, problem);
        if (done < ends[m]) break;
        begin = done;
        memcpy(then, now, sizeof(then));
        lapse(&own, then, now[ACTIVE] > now[SINCE] ? now[ACTIVE] : now[SINCE], instants[m]);
        phases[m] = then[PHASE];
    }
    release(&all);
    return PyBool_FromLong(m == ended);
}

/* place_one(sorts, rows, moves, occurred_at, kind, stated, after, to, shortest, windows_ms, instant, said, ends, places,
 *   reached)
 * The only customer of a whole history at a moment. windows_ms: (w,) before it, the first is 0; said: the phase that the
 * caller states, -1: none. ends: (w,) first events that are not before them. places: phase, before, last but one; reached:
 * since, entered, phases reached.
 * Returns whether no rule had to be asked. */
static PyObject *place_one(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 15)) return NULL;
    Phases own = {.shortest = PyLong_AsLongLong(args[8])};
    const int64_t instant = PyLong_AsLongLong(args[10]), said = PyLong_AsLongLong(args[11]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t windows, ended, placed, made;
    const char *problem = read_phases(&all, args, &own);
    const int64_t *window = buffer(&all, args[9], 8, &windows, 0);
    int64_t *ends = buffer(&all, args[12], 8, &ended, 1);
    int32_t *places = buffer(&all, args[13], 4, &placed, 1);
    int64_t *reached = buffer(&all, args[14], 8, &made, 1);
    if (all.failed || problem) return finish(&all, problem);
    if (windows < 1 || ended != windows || placed != 3 || made != 3 || said >= own.phases || window[0] != 0)
        return finish(&all, "sizes of a moment do not fit");
    for (Py_ssize_t w = 0; w < windows; w++) {
        const int64_t moment = instant - window[w];
        Py_ssize_t low = 0, high = own.events;
        while (low < high) {
            const Py_ssize_t middle = (low + high) / 2;
            if (own.at[middle] < moment) low = middle + 1;
            else high = middle;
        }
        ends[w] = low;
    }
    const int64_t opened = ends[0] ? own.at[0] : instant;
    int64_t now[WALKED] = {0, -1, -1, opened, 0, opened, opened, 1};
    const Py_ssize_t done = walk_on(&own, 0, ends[0], now, &problem);
    if (problem) return finish(&all, problem);
    if (done == ends[0]) {
        if (done) lapse(&own, now, now[ACTIVE] > now[SINCE] ? now[ACTIVE] : now[SINCE], instant);
        if (said >= 0 && said != now[PHASE]) move(now, said, instant);
        for (int i = 0; i < 3; i++) places[i] = (int32_t)now[PHASE + i];
        reached[0] = now[SINCE];
        reached[1] = now[ENTERED];
        reached[2] = now[REACHED] | INT64_C(1) << now[PHASE];
    }
    release(&all);
    return PyBool_FromLong(done == ends[0]);
}

/* touchpoint_facts(touchpoint, occurred_at, begin, end, counts, last): how often each name happened and when last;
 * counts and last: (names,), added to and replaced. Events ascend in time. */
static PyObject *touchpoint_facts(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 6)) return NULL;
    Py_ssize_t begin = PyLong_AsSsize_t(args[2]), end = PyLong_AsSsize_t(args[3]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t events = 0, times = 0, names = 0, dated = 0;
    const int32_t *touchpoint = buffer(&all, args[0], 4, &events, 0);
    const int64_t *at = buffer(&all, args[1], 8, &times, 0);
    int64_t *count = buffer(&all, args[4], 8, &names, 1);
    int64_t *last = buffer(&all, args[5], 8, &dated, 1);
    if (all.failed) return finish(&all, NULL);
    if (events != times || names != dated || begin < 0 || begin > end || end > events)
        return finish(&all, "sizes of events do not fit");
    for (Py_ssize_t e = begin; e < end; e++) {
        const int32_t name = touchpoint[e];
        if (name < 0 || name >= names) return finish(&all, "a name is out of range");
        count[name]++;
        last[name] = at[e];
    }
    return finish(&all, NULL);
}

/* action_facts(kind, occurred_at, action, touchpoint, begin, end, instant, senses, window_ms, facts)
 * senses: (A, names), what an outcome is to an action: 1 yes, 2 no. window_ms: (A,). facts: (7, A), added to: contacts, the
 * last one's time, yeses, the last no's time; of the contacts since the last yes: all, those up to the last no, those whose
 * window is over. Events ascend in time. */
static PyObject *action_facts(PyObject *self, PyObject *const *args, Py_ssize_t n) {
    (void)self;
    if (!arguments(n, 10)) return NULL;
    const Py_ssize_t begin = PyLong_AsSsize_t(args[4]), end = PyLong_AsSsize_t(args[5]);
    const int64_t instant = PyLong_AsLongLong(args[6]);
    if (PyErr_Occurred()) return NULL;
    Buffers all = {.used = 0, .failed = 0};
    Py_ssize_t events, times, told, named, cells, actions, made;
    const int8_t *kind = buffer(&all, args[0], 1, &events, 0);
    const int64_t *at = buffer(&all, args[1], 8, &times, 0);
    const int32_t *action = buffer(&all, args[2], 4, &told, 0), *touchpoint = buffer(&all, args[3], 4, &named, 0);
    const uint8_t *sense = buffer(&all, args[7], 1, &cells, 0);
    const int64_t *window = buffer(&all, args[8], 8, &actions, 0);
    int64_t *facts = buffer(&all, args[9], 8, &made, 1);
    if (all.failed) return finish(&all, NULL);
    if (events != times || events != told || events != named || begin < 0 || begin > end || end > events ||
        made != 7 * actions || (actions && cells % actions))
        return finish(&all, "sizes of events do not fit");
    const Py_ssize_t names = actions ? cells / actions : 0;
    int64_t *contacts = facts, *last = contacts + actions, *yes = last + actions, *refused = yes + actions,
            *open = refused + actions, *before_refused = open + actions, *before_window = before_refused + actions;
    for (Py_ssize_t e = begin; e < end; e++) {
        if (kind[e] == TOUCHPOINT || action[e] < 0) continue;
        const int32_t a = action[e], name = touchpoint[e];
        if (a >= actions || name < 0 || name >= names) return finish(&all, "a code is out of range");
        if (kind[e] == CONTACT) {
            contacts[a]++;
            last[a] = at[e];
            open[a]++;
            before_refused[a] += at[e] <= refused[a];
            before_window[a] += at[e] <= instant - window[a];
        } else if (sense[a * names + name] == 1) {
            yes[a]++;
            open[a] = before_refused[a] = before_window[a] = 0;
        } else if (sense[a * names + name] == 2) {
            refused[a] = at[e];
            before_refused[a] = open[a];
        }
    }
    return finish(&all, NULL);
}

#define METHOD(NAME) {#NAME, (PyCFunction)(void (*)(void))NAME, METH_FASTCALL, NULL}
static PyMethodDef methods[] = {METHOD(node_masks), METHOD(interval_masks), METHOD(leaf_sums),
                                METHOD(plan_trees), METHOD(score_trees),
                                METHOD(customer_features), METHOD(candidate_features),
                                METHOD(candidate_exponents), METHOD(candidate_chances),
                                METHOD(candidates_in_eur), METHOD(score_candidates), METHOD(customer_columns),
                                METHOD(standard_columns), METHOD(customer_outlook), METHOD(share_by_gap), METHOD(walk_phases), METHOD(place_one), METHOD(phases_at),
                                METHOD(touchpoint_facts), METHOD(action_facts), {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) {
    PyObject *made = PyModule_Create(&module);
    if (made && PyModule_AddIntConstant(made, "VERSION", 11) < 0) Py_CLEAR(made);
    return made;
}
