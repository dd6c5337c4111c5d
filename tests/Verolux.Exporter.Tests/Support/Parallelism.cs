using NUnit.Framework;

// Fixtures that mostly wait, for a stream's seconds or for processes that start, carry [Parallelizable] and run beside each other first; then all others, one by one.
[assembly: LevelOfParallelism(3)]
