/*
 * Stands in for NVIDIA's libnvidia-ml.so.1: the same functions, answers that a test sets, and the habits of the real one that matter. What was there is seen
 * at nvmlInit alone; a card that was lost stays lost, and a handle is good, until the next. Written from the documented interface (nvml.h). With -DOLD it lacks
 * what drivers before 450 lack. For a process that no test is in, the environment's STAND_IN_FILE names a file with a line "CARD VALUE NAME" for each thing that
 * is set, read again at every call.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, GPU_IS_LOST = 15, ARGUMENT_VERSION_MISMATCH = 25 };
enum { CARDS = 8, CELLS = 512, EVERYWHERE = -1 };

typedef unsigned long long u64;

static struct { int card; char name[64]; volatile long long value; } cells[CELLS];
static int used;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int initialised, generation, present[CARDS], lost[CARDS];

/* What a test sets and reads, by card (-1 for what is no card's) and name. */
static volatile long long *cell(int card, const char *name, int make)
{
    volatile long long *found = NULL;
    pthread_mutex_lock(&gate);
    for (int i = 0; i < used && !found; i++)
        if (cells[i].card == card && strcmp(cells[i].name, name) == 0)
            found = &cells[i].value;
    if (!found && make && used < CELLS)
    {
        cells[used].card = card;
        snprintf(cells[used].name, sizeof cells[used].name, "%s", name);
        found = &cells[used++].value;
    }
    pthread_mutex_unlock(&gate);
    return found;
}

static long long get(int card, const char *name, long long otherwise)
{
    volatile long long *found = cell(card, name, 0);
    return found ? *found : otherwise;
}

static long long count(int card, const char *name, int by)
{
    return __atomic_add_fetch(cell(card, name, 1), by, __ATOMIC_SEQ_CST);
}

void stand_in_set(int card, const char *name, long long value) { *cell(card, name, 1) = value; }
long long stand_in_get(int card, const char *name) { return get(card, name, 0); }
void stand_in_reload_driver(void) { __atomic_store_n(&initialised, 0, __ATOMIC_SEQ_CST); }

static void read_file(void)
{
    const char *path = getenv("STAND_IN_FILE");
    FILE *file = path ? fopen(path, "r") : NULL;
    int card;
    long long value;
    char name[64];
    while (file && fscanf(file, "%d %lld %63[^\n]", &card, &value, name) == 3)
        stand_in_set(card, name, value);
    if (file)
        fclose(file);
}

static void hang(int card)
{
    while (get(card, "hangs", 0))
        usleep(200);
}

/* Every call but nvmlInit begins and ends here. What a function is to return stands under its name. */
static int begin(int card, const char *function)
{
    read_file();
    long long inside = count(card, "inside", 1);
    count(EVERYWHERE, "anywhere", 1);
    if (inside > get(card, "most inside", 0))
        stand_in_set(card, "most inside", inside);
    count(card, "calls", 1);
    hang(card);
    if (!initialised)
        return UNINITIALIZED;
    int all = (int)get(EVERYWHERE, "result", 0);
    return all ? all : (int)get(card, function, 0);
}

static int end(int card, int result)
{
    count(card, "inside", -1);
    count(EVERYWHERE, "anywhere", -1);
    return result;
}

static int card_of(void *device)
{
    return (int)((uintptr_t)device % 16) - 1;
}

static int begin_device(void *device, const char *function)
{
    int card = card_of(device);
    int result = begin(card, function);
    if (result == SUCCESS && (int)((uintptr_t)device / 16) != generation)
    {
        count(EVERYWHERE, "old handles", 1);
        return INVALID_ARGUMENT;
    }
    if (get(card, "lost", 0) || get(card, "gone", 0))
        lost[card] = 1;
    return result == SUCCESS && lost[card] ? GPU_IS_LOST : result;
}

int nvmlInit_v2(void)
{
    read_file();
    hang(EVERYWHERE);
    count(EVERYWHERE, "inits", 1);
    int result = (int)get(EVERYWHERE, "nvmlInit_v2", 0);
    if (result)
        return result;
    for (int card = 0; card < CARDS; card++)
    {
        present[card] = card < get(EVERYWHERE, "cards", 2) && !get(card, "gone", 0);
        lost[card] = 0;
    }
    generation++;
    count(EVERYWHERE, "open", 1);
    initialised = 1;
    return SUCCESS;
}

int nvmlShutdown(void)
{
    if (get(EVERYWHERE, "anywhere", 0) > 0)
        count(EVERYWHERE, "shut down under a call", 1);
    count(EVERYWHERE, "open", -1);
    initialised = 0;
    return SUCCESS;
}

int nvmlSystemGetDriverVersion(char *text, unsigned length)
{
    int result = begin(EVERYWHERE, "nvmlSystemGetDriverVersion");
    snprintf(text, length, "555.42.06");
    return end(EVERYWHERE, result);
}

int nvmlDeviceGetCount_v2(unsigned *answer)
{
    int result = begin(EVERYWHERE, "nvmlDeviceGetCount_v2");
    *answer = 0;
    for (int card = 0; card < CARDS; card++)
        *answer += present[card];
    return end(EVERYWHERE, result);
}

static int hand_out(int card, void **device)
{
    *device = (void *)(uintptr_t)(generation * 16 + card + 1);
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
    for (int card = 0; card < CARDS; card++)
    {
        if (!present[card] || index-- > 0)
            continue;
        int result = begin(EVERYWHERE, "nvmlDeviceGetHandleByIndex_v2");
        if (result == SUCCESS)
            result = (int)get(card, "handle", 0);
        if (result == SUCCESS && lost[card])
            result = GPU_IS_LOST;
        return end(EVERYWHERE, result ? result : hand_out(card, device));
    }
    return INVALID_ARGUMENT;
}

int nvmlDeviceGetHandleByUUID(const char *uuid, void **device)
{
    int card = -1;
    if (sscanf(uuid, "GPU-%d", &card) != 1 || card < 0 || card >= CARDS)
        return INVALID_ARGUMENT;
    int result = begin(card, "nvmlDeviceGetHandleByUUID");
    if (result == SUCCESS)
        result = (int)get(card, "handle", 0);
    if (result == SUCCESS && !present[card])
        result = NOT_FOUND;
    return end(card, result ? result : hand_out(card, device));
}

/* By the driver's own list, so that it answers for a card that hangs. */
int nvmlDeviceGetUUID(void *device, char *text, unsigned length)
{
    snprintf(text, length, "GPU-%08d-1111-2222-3333-444444444444", card_of(device));
    return initialised ? SUCCESS : UNINITIALIZED;
}

int nvmlDeviceGetName(void *device, char *text, unsigned length)
{
    int result = begin_device(device, "nvmlDeviceGetName");
    snprintf(text, length, "Stand-in %d", card_of(device));
    return end(card_of(device), result);
}

/* A function of a device, with its parameters, the default and where the answer goes. */
#define DEVICE(function, parameters, normally, answer) \
    int function parameters \
    { \
        int result = begin_device(device, #function), card = card_of(device); \
        if (result == SUCCESS) { u64 value = (u64)get(card, #function " value", normally); (void)value; answer; } \
        return end(card, result); \
    }

DEVICE(nvmlDeviceGetIndex, (void *device, unsigned *answer), card, *answer = (unsigned)value)
DEVICE(nvmlDeviceGetUtilizationRates, (void *device, unsigned *rates), 42, rates[0] = (unsigned)value; rates[1] = 7)
DEVICE(nvmlDeviceGetMemoryInfo, (void *device, u64 *m), 4ull << 30, m[0] = 16ull << 30; m[2] = value + (256 << 20); m[1] = m[0] - m[2])
DEVICE(nvmlDeviceGetDecoderUtilization, (void *device, unsigned *answer, unsigned *period), 71, *answer = (unsigned)value; *period = 167000)
DEVICE(nvmlDeviceGetEncoderUtilization, (void *device, unsigned *answer, unsigned *period), 13, *answer = (unsigned)value; *period = 167000)
DEVICE(nvmlDeviceGetTemperature, (void *device, int sensor, unsigned *answer), 61, *answer = sensor == 0 ? (unsigned)value : 0)
DEVICE(nvmlDeviceGetPowerUsage, (void *device, unsigned *answer), 123456, *answer = (unsigned)value)
DEVICE(nvmlDeviceGetCurrentClocksThrottleReasons, (void *device, u64 *answer), 0x5, *answer = value)
DEVICE(nvmlDeviceGetTotalEccErrors, (void *device, int type, int counter, u64 *answer), 3, *answer = type == 1 && counter == 0 ? value : 1000)

struct process { unsigned id; u64 memory; };
struct process_v2 { unsigned id; u64 memory; unsigned part, part_of_part; };

/* The processes of a kind are set as "Compute processes 0", their number, and "Compute id 0", "Compute memory 0", "Compute part 0" for each. */
static u64 listed(int card, const char *kind, int i, const char *what)
{
    char name[64];
    snprintf(name, sizeof name, "%s %s %d", kind, what, i);
    return (u64)get(card, name, 0);
}

static int list(void *device, const char *kind, unsigned *room, struct process *list, struct process_v2 *newer)
{
    int card = card_of(device), result = begin_device(device, kind);
    unsigned length = (unsigned)listed(card, kind, 0, "processes");
    if (result == SUCCESS && length > *room)
        result = INSUFFICIENT_SIZE;
    for (unsigned i = 0; result == SUCCESS && i < length; i++)
    {
        if (newer)
            newer[i] = (struct process_v2){ (unsigned)listed(card, kind, i, "id"), listed(card, kind, i, "memory"), (unsigned)listed(card, kind, i, "part"), 0 };
        else
            list[i] = (struct process){ (unsigned)listed(card, kind, i, "id"), listed(card, kind, i, "memory") };
    }
    *room = length;
    return end(card, result);
}

int nvmlDeviceGetComputeRunningProcesses(void *device, unsigned *room, struct process *infos) { return list(device, "Compute", room, infos, NULL); }
int nvmlDeviceGetGraphicsRunningProcesses(void *device, unsigned *room, struct process *infos) { return list(device, "Graphics", room, infos, NULL); }

#ifndef OLD
DEVICE(nvmlDeviceGetTotalEnergyConsumption, (void *device, u64 *answer), 9876543210, *answer = value)
DEVICE(nvmlDeviceGetCurrentClocksEventReasons, (void *device, u64 *answer), 0x5, *answer = value)
DEVICE(nvmlDeviceGetSupportedClocksEventReasons, (void *device, u64 *answer), 0xef, *answer = value)

struct memory_v2 { unsigned version; u64 size, reserved, free, used; };

int nvmlDeviceGetMemoryInfo_v2(void *device, struct memory_v2 *m)
{
    int card = card_of(device), result = begin_device(device, "nvmlDeviceGetMemoryInfo_v2");
    if (result == SUCCESS && m->version != (sizeof *m | 2 << 24))
        result = ARGUMENT_VERSION_MISMATCH;
    if (result == SUCCESS)
    {
        m->size = 16ull << 30;
        m->reserved = 256 << 20;
        m->used = (u64)get(card, "nvmlDeviceGetMemoryInfo value", 4ull << 30);
        m->free = m->size - m->reserved - m->used;
    }
    return end(card, result);
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *room, struct process_v2 *infos) { return list(device, "Compute", room, NULL, infos); }
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *device, unsigned *room, struct process_v2 *infos) { return list(device, "Graphics", room, NULL, infos); }
int nvmlDeviceGetMPSComputeRunningProcesses_v3(void *device, unsigned *room, struct process_v2 *infos) { return list(device, "MPSCompute", room, NULL, infos); }
#endif
