namespace Verolux.Exporter.Runbooks;

/// <summary>Whether something holds, in the order in which "and" is the least and "or" the greatest.</summary>
enum Answer
{
    No,
    Unknown,
    Yes,
}

/// <summary>The evidence of a scenario: its <c>when</c>, whose grammar is in runbooks/README.md. Read by <see cref="ConditionReader"/>.</summary>
abstract record Condition
{
    /// <summary>Whether this metric is asked about; its series are what <see cref="Weigh"/> needs, and the <c>_info</c> families.</summary>
    public abstract bool Names(string metric);

    /// <summary>Whether it is asked how much this metric rose, for which its value of five minutes ago must be known.</summary>
    public abstract bool NamesRise(string metric);

    /// <summary>Answers from the evidence alone.</summary>
    /// <param name="found">Takes every observation that was named and counts. Of a <c>count</c> only those that were counted.</param>
    public abstract Answer Weigh(Evidence evidence, ICollection<Observation> found);

    /// <summary>The same, asked of each metric's samples whatever labels it selects them by.</summary>
    public abstract Condition OfAnyLabels();

    public sealed record Any(IReadOnlyList<Condition> Terms) : Condition
    {
        public override bool Names(string metric) => Terms.Any(term => term.Names(metric));

        public override bool NamesRise(string metric) => Terms.Any(term => term.NamesRise(metric));

        // Every term is weighed, although one may decide: what the others found is wanted too.
        public override Answer Weigh(Evidence evidence, ICollection<Observation> found) => Terms.Select(term => term.Weigh(evidence, found)).ToList().Max();

        public override Condition OfAnyLabels() => new Any([.. Terms.Select(term => term.OfAnyLabels())]);
    }

    public sealed record All(IReadOnlyList<Condition> Factors) : Condition
    {
        public override bool Names(string metric) => Factors.Any(factor => factor.Names(metric));

        public override bool NamesRise(string metric) => Factors.Any(factor => factor.NamesRise(metric));

        public override Answer Weigh(Evidence evidence, ICollection<Observation> found) => Factors.Select(factor => factor.Weigh(evidence, found)).ToList().Min();

        public override Condition OfAnyLabels() => new All([.. Factors.Select(factor => factor.OfAnyLabels())]);
    }

    public sealed record Not(Condition Factor) : Condition
    {
        public override bool Names(string metric) => Factor.Names(metric);

        public override bool NamesRise(string metric) => Factor.NamesRise(metric);

        public override Answer Weigh(Evidence evidence, ICollection<Observation> found) => Answer.Yes - (int)Factor.Weigh(evidence, found);

        public override Condition OfAnyLabels() => new Not(Factor.OfAnyLabels());
    }

    /// <summary>Whether the newest look at the alert's target failed for one of these reasons. No, where it was looked at and failed for none of them.</summary>
    public sealed record Reason(IReadOnlyList<string> Reasons) : Condition
    {
        public override bool Names(string metric) => Evidence.IsHealth(metric);

        public override bool NamesRise(string metric) => false;

        public override Answer Weigh(Evidence evidence, ICollection<Observation> found)
        {
            var answer = Answer.Unknown;
            foreach (var observation in evidence.OfHealth())
            {
                var holds = observation.Value == 1 && Reasons.Contains(observation["reason"]);
                if (holds)
                    found.Add(observation);
                answer = holds || answer == Answer.Yes ? Answer.Yes : Answer.No;
            }
            return answer;
        }

        public override Condition OfAnyLabels() => this;
    }

    /// <summary>Holds if it holds for any pair of readings that are about the same thing.</summary>
    public sealed record Comparison(Operand Left, Comparator Comparator, Operand Right) : Condition
    {
        public override bool Names(string metric) => Left.Names(metric) || Right.Names(metric);

        public override bool NamesRise(string metric) => Left.NamesRise(metric) || Right.NamesRise(metric);

        public override Answer Weigh(Evidence evidence, ICollection<Observation> found)
        {
            var (left, right) = (Left.Read(evidence, found).ToList(), Right.Read(evidence, found).ToList());
            if (left.Count == 0 || right.Count == 0)
                return Answer.Unknown;
            var join = Join.Of(left[0].Labels, right[0].Labels);
            var answers = left.Join(right, l => join.KeyOf(l.Labels), r => join.KeyOf(r.Labels), (l, r) => Holds(l.Value, r.Value) ? Answer.Yes : Answer.No);
            return answers.DefaultIfEmpty(Answer.Unknown).Max();
        }

        public override Condition OfAnyLabels() => new Comparison(Left.OfAnyLabels(), Comparator, Right.OfAnyLabels());

        bool Holds(double left, double right) => Comparator switch
        {
            Comparator.Greater => left > right,
            Comparator.GreaterOrEqual => left >= right,
            Comparator.Less => left < right,
            Comparator.LessOrEqual => left <= right,
            Comparator.Equal => left == right,
            _ => left != right,
        };
    }
}

enum Comparator
{
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
}

/// <summary>What a comparison compares.</summary>
readonly record struct Reading(IReadOnlyList<KeyValuePair<string, string>> Labels, double Value);

/// <summary>One side of a comparison.</summary>
abstract record Operand
{
    public abstract bool Names(string metric);

    public abstract bool NamesRise(string metric);

    /// <summary>Its readings; none where nothing is known.</summary>
    public abstract IEnumerable<Reading> Read(Evidence evidence, ICollection<Observation> found);

    /// <summary>The same, read from each metric's samples whatever labels it selects them by.</summary>
    public abstract Operand OfAnyLabels();

    public sealed record Number(double Value) : Operand
    {
        public override bool Names(string metric) => false;

        public override bool NamesRise(string metric) => false;

        public override IEnumerable<Reading> Read(Evidence evidence, ICollection<Observation> found) => [new([], Value)];

        public override Operand OfAnyLabels() => this;
    }

    /// <summary>So many times another one.</summary>
    public sealed record Product(double Factor, Operand Of) : Operand
    {
        public override bool Names(string metric) => Of.Names(metric);

        public override bool NamesRise(string metric) => Of.NamesRise(metric);

        public override IEnumerable<Reading> Read(Evidence evidence, ICollection<Observation> found) => Of.Read(evidence, found).Select(r => r with { Value = Factor * r.Value });

        public override Operand OfAnyLabels() => this with { Of = Of.OfAnyLabels() };
    }

    /// <summary>A metric's value, its age where it is a timestamp, or its rise over five minutes.</summary>
    public sealed record Series(Aspect Aspect, string Metric, IReadOnlyList<KeyValuePair<string, string>> Matchers) : Operand
    {
        public override bool Names(string metric) => metric == Metric;

        public override bool NamesRise(string metric) => Aspect == Aspect.Rise && metric == Metric;

        public override IEnumerable<Reading> Read(Evidence evidence, ICollection<Observation> found)
        {
            foreach (var observation in evidence.Of(Metric).Where(o => Matchers.All(m => o[m.Key] == m.Value)))
            {
                found.Add(observation);
                var reading = Aspect switch
                {
                    Aspect.Age => evidence.Now - observation.Value,
                    Aspect.Rise => observation.Value - observation.Before,
                    _ => observation.Value,
                };
                if (reading is { } value && !double.IsNaN(value))
                    yield return new Reading(observation.Labels, value);
            }
        }

        public override Operand OfAnyLabels() => this with { Matchers = [] };
    }

    /// <summary>
    /// For how many values of a label a condition holds. Those for which it is unknown don't count; if it is unknown for all, so is the number, unless that is only because
    /// what is known has none of the labels that the condition selects by: then there are none.
    /// </summary>
    public sealed record Count(string Label, Condition Condition) : Operand
    {
        public override bool Names(string metric) => Condition.Names(metric);

        public override bool NamesRise(string metric) => Condition.NamesRise(metric);

        public override IEnumerable<Reading> Read(Evidence evidence, ICollection<Observation> found)
        {
            var (count, known, ofAnyLabels) = (0, false, Condition.OfAnyLabels());
            foreach (var part in evidence.By(Label, Names))
            {
                var foundThere = new List<Observation>();
                var answer = Condition.Weigh(part, foundThere);
                known = known || answer != Answer.Unknown || ofAnyLabels.Weigh(part, []) != Answer.Unknown;
                if (answer != Answer.Yes)
                    continue;
                count++;
                foundThere.ForEach(found.Add);
            }
            return known ? [new([], count)] : [];
        }

        public override Operand OfAnyLabels() => this with { Condition = Condition.OfAnyLabels() };
    }
}

enum Aspect
{
    Value,
    Age,
    Rise,
}
