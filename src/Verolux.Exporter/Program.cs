Console.WriteLine("verolux");
