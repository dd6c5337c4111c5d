using NUnit.Framework;

// Fixtures run beside each other: most of the time they wait, for processes that start and for real seconds. What looks at this process as a whole, such as its memory,
// files and threads, carries [NonParallelizable] and runs alone. Within a fixture tests run one by one, or those of the longest would keep all others waiting at the end.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(4)]
